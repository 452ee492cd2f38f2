//! The cells of each window side by side, and back.

use super::super::vector::Element;
use super::super::{Processor, size};
use super::{Pooling, start};
use crate::window::Window;

impl Pooling {
    fn window(&self) -> Window {
        Window { axes: self.axes }
    }

    /// The cells of each window, row-major; `fill` in the padding. `out` is `[planes, windows, cells]`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[inline(never)]
    pub fn unfold<T: Element>(&self, processor: &Processor, x: &[T], fill: T, out: &mut [T]) {
        let (window, input) = (self.window(), self.input_plane());
        let output = size([window.outputs(), window.kernels()]);
        assert_eq!(x.len(), size([self.planes, input]), "input of an unfolding");
        assert_eq!(out.len(), size([self.planes, output]), "output of an unfolding");
        let parts = self.parts(processor);
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            let x = &x[planes.start * input..planes.end * input];
            for (x, out) in x.chunks_exact(input.max(1)).zip(out.chunks_exact_mut(output.max(1))) {
                for (position, out) in out.chunks_exact_mut(window.kernels()).enumerate() {
                    out.fill(fill);
                    window.cells(position).for_each(|(kernel, cell)| out[kernel] = x[cell]);
                }
            }
        });
    }

    /// The adjoint of [`unfold`](Self::unfold): windows in ascending order give their cells; a cell keeps its first
    /// contribution and adds the later ones; cells of no window are `+0`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[inline(never)]
    pub fn fold<T: Element>(&self, processor: &Processor, d: &[T], out: &mut [T]) {
        let (window, input) = (self.window(), self.input_plane());
        let output = size([window.outputs(), window.kernels()]);
        assert_eq!(d.len(), size([self.planes, output]), "input of a folding");
        assert_eq!(out.len(), size([self.planes, input]), "output of a folding");
        let parts = self.parts(processor);
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            if out.is_empty() {
                return;
            }
            start(&self.axes, input, out);
            let d = &d[planes.start * output..planes.end * output];
            for (out, d) in out.chunks_exact_mut(input).zip(d.chunks_exact(output.max(1))) {
                for (position, d) in d.chunks_exact(window.kernels()).enumerate() {
                    window.cells(position).for_each(|(kernel, cell)| out[cell] = out[cell] + d[kernel]);
                }
            }
        });
    }
}
