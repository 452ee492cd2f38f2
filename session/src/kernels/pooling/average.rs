//! Average pooling and its adjoint.

use super::super::Processor;
use super::super::reduce::{BLOCK, LANES};
use super::super::vector::{Body, Element, Vector};
use super::windows::{Windows, for_each_group, without_padding};
use super::{Pooling, WIDTH, contribute, read, start, write};

impl Pooling {
    fn kernel(&self) -> usize {
        self.axes.iter().map(|axis| axis.kernel).product()
    }

    /// The mean of each window: the run over its cells, row-major, with `+0` in the padding, divided by their
    /// number.
    ///
    /// # Panics
    /// If the lengths do not fit, or a window has more cells than one block of a run, 1024.
    #[inline(never)]
    pub fn average<T: Element>(&self, processor: &Processor, x: &[T], out: &mut [T]) {
        self.check(x, out);
        assert!(self.kernel() <= BLOCK, "the cells of a window of an average");
        let (input, parts) = (self.input_plane(), self.parts(processor));
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            let x = &x[planes.start * input..planes.end * input];
            processor.instruction_set.run(Average { pooling: self, x, out });
        });
    }

    /// The adjoint of [`average`](Self::average): windows in ascending order give each of their cells `delta`
    /// divided by their number; a cell keeps its first contribution and adds the later ones; cells of no window
    /// are `+0`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[inline(never)]
    pub fn spread<T: Element>(&self, processor: &Processor, delta: &[T], out: &mut [T]) {
        self.check(out, delta);
        let (output, parts) = (self.output_plane(), self.parts(processor));
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            let delta = &delta[planes.start * output..planes.end * output];
            processor.instruction_set.run(Spread { pooling: self, delta, out });
        });
    }
}

struct Average<'a, T> {
    pooling: &'a Pooling,
    x: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Average<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { pooling, x, out } = self;
        let (input, output) = (pooling.input_plane(), pooling.output_plane());
        if output == 0 {
            return;
        }
        let (kernel, count) = (pooling.axes.map(|axis| axis.kernel), T::number(pooling.kernel() as f64));
        for (plane, out) in out.chunks_exact_mut(output).enumerate() {
            let mut done = 0;
            for_each_group!(&pooling.axes, |windows| {
                let mut values = lanes(&windows, kernel, plane * input, x);
                for value in &mut values {
                    *value = *value / count;
                }
                let out = &mut out[done..done + windows.count];
                // SAFETY: the instruction set of `V` is there.
                unsafe { write::<T, V>(&values, out) };
                done += windows.count;
            });
        }
    }
}

/// The sums of neighbouring windows: cell k goes to lane k mod 16 of its window, and the lanes are added in
/// halves.
#[inline(always)]
fn lanes<T: Element>(windows: &Windows<'_>, [planes, rows, columns]: [usize; 3], plane: usize, x: &[T]) -> [T; WIDTH] {
    let zeros = [T::number(0.0); WIDTH];
    let mut lanes = [zeros; LANES];
    for i in 0..planes {
        for j in 0..rows {
            // A row in the padding adds +0, which changes no sum that began at +0.
            let Some(row) = windows.row_of_cells(i, j) else { continue };
            for k in 0..columns {
                let cells = windows.cells(row, k);
                let mut values = cells.read(plane, x);
                if !windows.inside {
                    values[..cells.first.min(WIDTH)].fill(T::number(0.0));
                    values[cells.end.max(cells.first).min(WIDTH)..].fill(T::number(0.0));
                }
                let lane = &mut lanes[((i * rows + j) * columns + k) % LANES];
                for i in 0..WIDTH {
                    lane[i] = lane[i] + values[i];
                }
            }
        }
    }
    let used = planes * rows * columns;
    for half in [8, 4, 2, 1] {
        // Lanes that nothing was added to are +0.
        if used > half {
            let (low, high) = lanes.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(&high[..half]) {
                for i in 0..WIDTH {
                    low[i] = low[i] + high[i];
                }
            }
        }
    }
    lanes[0]
}

struct Spread<'a, T> {
    pooling: &'a Pooling,
    delta: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Spread<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { pooling, delta, out } = self;
        let (input, count) = (pooling.input_plane(), T::number(pooling.kernel() as f64));
        if out.is_empty() {
            return;
        }
        start(&pooling.axes, input, out);
        let mut done = 0;
        for plane in 0..out.len() / input {
            for_each_group!(&pooling.axes, |windows| {
                // SAFETY: the instruction set of `V` is there.
                let delta = unsafe { read::<T, V>(&delta[done..done + windows.count]) };
                let mut shares = [T::number(-0.0); WIDTH];
                for i in 0..WIDTH {
                    if i < windows.count {
                        shares[i] = delta[i] / count;
                    }
                }
                contribute(&windows, plane * input, out, |_| shares);
                done += windows.count;
            });
        }
    }
}
