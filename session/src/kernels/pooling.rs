//! Maximum pooling and its gradient.
//!
//! The winner of a window is the first of its largest cells, row-major, or its first NaN; cells in
//! the padding never win.

use super::Processor;
use super::vector::{Body, Element, Vector};
use crate::window::{Axis, MAX_SPATIAL};

/// The geometry of a pool over values `[planes, spatial..]`. Every window covers a cell that is
/// not padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// The number of images times channels.
    pub planes: usize,
    /// The spatial axes; leading ones that do not exist are [`ONE`](super::convolution::ONE).
    pub axes: [Axis; MAX_SPATIAL],
}

/// About the number of cells that are worth a thread of their own.
const WORTHWHILE: usize = 20_000;
/// The number of windows done together.
const WIDTH: usize = 64;

impl Pooling {
    fn input_plane(&self) -> usize {
        self.axes.iter().map(|axis| axis.input).product()
    }

    fn output_plane(&self) -> usize {
        self.axes.iter().map(|axis| axis.output).product()
    }

    /// The value of `v` at the winner of `x` in each window: with `v` the same as `x`, the maximum.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn select<T: Element>(&self, processor: &Processor, x: &[T], v: &[T], out: &mut [T]) {
        self.check(x, out);
        assert_eq!(v.len(), x.len(), "values of a pool");
        let (input, parts) = (self.input_plane(), self.parts(processor));
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            let range = planes.start * input..planes.end * input;
            let (x, v) = (&x[range.clone()], &v[range]);
            processor.instruction_set.run(Select { pooling: self, x, v, out });
        });
    }

    /// The gradient of the input from that of the output, `delta`: windows in ascending order give
    /// each of their cells `delta` if it is the winner of `x`, else `+0`; a cell keeps its first
    /// contribution and adds the later ones; cells of no window are `+0`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn scatter<T: Element>(&self, processor: &Processor, x: &[T], delta: &[T], out: &mut [T]) {
        self.check(x, delta);
        assert_eq!(out.len(), x.len(), "gradient of a pool");
        let (input, output, parts) = (self.input_plane(), self.output_plane(), self.parts(processor));
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            let x = &x[planes.start * input..planes.end * input];
            let delta = &delta[planes.start * output..planes.end * output];
            processor.instruction_set.run(Scatter { pooling: self, x, delta, out });
        });
    }

    fn parts(&self, processor: &Processor) -> usize {
        processor.threads.split(self.planes, WORTHWHILE.div_ceil(self.input_plane().max(1)))
    }

    fn check<T>(&self, input: &[T], output: &[T]) {
        assert_eq!(input.len(), self.planes * self.input_plane(), "input of a pool");
        assert_eq!(output.len(), self.planes * self.output_plane(), "output of a pool");
    }
}

/// Neighbouring windows along the last axis.
struct Windows<'a> {
    axes: &'a [Axis; MAX_SPATIAL],
    plane: usize,
    row: usize,
    first: usize,
    count: usize,
}

impl<'a> Windows<'a> {
    /// All windows of a plane in ascending order, in groups.
    #[inline(always)]
    fn all(axes: &'a [Axis; MAX_SPATIAL]) -> impl Iterator<Item = Windows<'a>> {
        let [planes, rows, columns] = axes.map(|axis| axis.output);
        let places = (0..planes).flat_map(move |plane| (0..rows).map(move |row| (plane, row)));
        places.flat_map(move |(plane, row)| {
            let group = move |first| Windows { axes, plane, row, first, count: WIDTH.min(columns - first) };
            (0..columns).step_by(WIDTH).map(group)
        })
    }

    /// Calls `body` for each kernel offset, ascending, or along the last axis `DOWN`, with its number, and for the windows whose
    /// cell at that offset is not padding: the number of the first in the group, their count and
    /// the first one's cell. The cells of neighbours are a stride apart.
    #[inline(always)]
    fn for_each_offset<const DOWN: bool>(&self, mut body: impl FnMut(usize, usize, usize, usize)) {
        let axes = self.axes;
        for i in 0..axes[0].kernel {
            let Some(a) = axes[0].cell(self.plane, i) else { continue };
            for j in 0..axes[1].kernel {
                let Some(b) = axes[1].cell(self.row, j) else { continue };
                for step in 0..axes[2].kernel {
                    let k = if DOWN { axes[2].kernel - 1 - step } else { step };
                    let (first, end) = valid(&axes[2], k);
                    let (first, end) = (first.max(self.first), end.min(self.first + self.count));
                    if let (true, Some(c)) = (first < end, axes[2].cell(first, k)) {
                        let offset = (i * axes[1].kernel + j) * axes[2].kernel + k;
                        let cell = (a * axes[1].input + b) * axes[2].input + c;
                        body(offset, first - self.first, end - first, cell);
                    }
                }
            }
        }
    }

    /// The winners among the cells of `x`: for each window the offset, and the value of `v` there.
    #[inline(always)]
    fn winners<T: Element>(&self, x: &[T], v: &[T], offsets: &mut [u32; WIDTH], values: &mut [T; WIDTH]) {
        let stride = self.axes[2].stride;
        let mut winners = [T::literal(0.0); WIDTH];
        offsets.fill(u32::MAX);
        self.for_each_offset::<false>(|offset, first, count, cell| {
            let (winners, values) = (&mut winners[first..first + count], &mut values[first..first + count]);
            let offsets = &mut offsets[first..first + count];
            let end = cell + (count - 1) * stride + 1;
            let (x, v) = (&x[cell..end], &v[cell..end]);
            match stride {
                1 => replace(offset as u32, 1, x, v, winners, values, offsets),
                2 => replace(offset as u32, 2, x, v, winners, values, offsets),
                _ => replace(offset as u32, stride, x, v, winners, values, offsets),
            }
        });
    }
}

/// Lets the cells of one offset, `stride` apart, win where they are larger or the first.
#[inline(always)]
fn replace<T: Element>(
    offset: u32,
    stride: usize,
    x: &[T],
    v: &[T],
    winners: &mut [T],
    values: &mut [T],
    offsets: &mut [u32],
) {
    for i in 0..winners.len() {
        let (cell, winner) = (x[i * stride], winners[i]);
        let first = offsets[i] == u32::MAX;
        let wins = first | ((cell > winner) | is_nan(cell)) & !is_nan(winner);
        winners[i] = if wins { cell } else { winner };
        values[i] = if wins { v[i * stride] } else { values[i] };
        offsets[i] = if wins { offset } else { offsets[i] };
    }
}

#[inline(always)]
#[allow(clippy::eq_op)]
fn is_nan<T: Element>(x: T) -> bool {
    x != x
}

/// The windows of `axis` whose cell at `offset` is not padding.
#[inline(always)]
fn valid(axis: &Axis, offset: usize) -> (usize, usize) {
    let Axis { input, stride, padding, dilation, output, .. } = *axis;
    let first = padding.saturating_sub(offset * dilation).div_ceil(stride).min(output);
    let end = (input + padding).saturating_sub(offset * dilation).div_ceil(stride).clamp(first, output);
    (first, end)
}

struct Select<'a, T> {
    pooling: &'a Pooling,
    x: &'a [T],
    v: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Select<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { pooling, x, v, out } = self;
        let (input, output) = (pooling.input_plane(), pooling.output_plane());
        if output == 0 {
            return;
        }
        let (mut offsets, mut values) = ([0; WIDTH], [T::literal(0.0); WIDTH]);
        for (plane, out) in out.chunks_exact_mut(output).enumerate() {
            let range = plane * input..(plane + 1) * input;
            let (x, v) = (&x[range.clone()], &v[range]);
            let mut done = 0;
            for windows in Windows::all(&pooling.axes) {
                windows.winners(x, v, &mut offsets, &mut values);
                out[done..done + windows.count].copy_from_slice(&values[..windows.count]);
                done += windows.count;
            }
        }
    }
}

struct Scatter<'a, T> {
    pooling: &'a Pooling,
    x: &'a [T],
    delta: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Scatter<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { pooling, x, delta, out } = self;
        let (input, output) = (pooling.input_plane(), pooling.output_plane());
        let axes = &pooling.axes;
        let (mut offsets, mut values) = ([0; WIDTH], [T::literal(0.0); WIDTH]);
        if out.is_empty() {
            return;
        }
        let (first, rest) = out.split_at_mut(input);
        start(axes, first);
        rest.chunks_exact_mut(input).for_each(|plane| plane.copy_from_slice(first));
        for (plane, out) in out.chunks_exact_mut(input).enumerate() {
            let (x, delta) = (&x[plane * input..][..input], &delta[plane * output..][..output]);
            let mut done = 0;
            for windows in Windows::all(axes) {
                windows.winners(x, x, &mut offsets, &mut values);
                let delta = &delta[done..done + windows.count];
                // Of the windows along an axis, the later ones have a cell at the smaller offsets.
                windows.for_each_offset::<true>(|offset, first, count, cell| {
                    let stride = axes[2].stride;
                    for i in 0..count {
                        let out = &mut out[cell + i * stride];
                        let won = offsets[first + i] == offset as u32;
                        *out = *out + if won { delta[first + i] } else { T::literal(0.0) };
                    }
                });
                done += windows.count;
            }
        }
    }
}

/// What the contributions to the cells of a plane are added to: `-0`, which gives the first one as
/// it is; and `+0` for cells of no window.
#[inline(always)]
fn start<T: Element>(axes: &[Axis; MAX_SPATIAL], out: &mut [T]) {
    let covered = |axis: usize, cell: usize| {
        let axis = &axes[axis];
        (0..axis.kernel).any(|offset| axis.position(cell, offset).is_some())
    };
    let mut cells = out.iter_mut();
    for a in 0..axes[0].input {
        for b in 0..axes[1].input {
            let row = covered(0, a) && covered(1, b);
            for (c, cell) in cells.by_ref().take(axes[2].input).enumerate() {
                *cell = T::literal(if row && covered(2, c) { -0.0 } else { 0.0 });
            }
        }
    }
}
