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
const WIDTH: usize = 16;

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

/// Neighbouring windows along the last axis, at most [`WIDTH`].
struct Windows<'a> {
    axes: &'a [Axis; MAX_SPATIAL],
    plane: usize,
    row: usize,
    first: usize,
    count: usize,
}

/// The cells of neighbouring windows at one kernel offset: `start + i * stride` for the windows `i`
/// from `first` to `end`; for the others it is padding.
struct Cells {
    start: isize,
    stride: usize,
    first: usize,
    end: usize,
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

    /// Calls `body` for each kernel offset, ascending, or along the last axis `DOWN`, with its
    /// number and the cells in the plane.
    #[inline(always)]
    fn for_each_offset<const DOWN: bool>(&self, mut body: impl FnMut(usize, Cells)) {
        let axes = self.axes;
        let stride = axes[2].stride;
        for i in 0..axes[0].kernel {
            let Some(a) = axes[0].cell(self.plane, i) else { continue };
            for j in 0..axes[1].kernel {
                let Some(b) = axes[1].cell(self.row, j) else { continue };
                for step in 0..axes[2].kernel {
                    let k = if DOWN { axes[2].kernel - 1 - step } else { step };
                    let (first, end) = valid(&axes[2], k);
                    let (first, end) =
                        (first.max(self.first) - self.first, end.saturating_sub(self.first).min(self.count));
                    if first < end {
                        let column = (self.first * stride + k * axes[2].dilation) as isize - axes[2].padding as isize;
                        let start = ((a * axes[1].input + b) * axes[2].input) as isize + column;
                        let offset = (i * axes[1].kernel + j) * axes[2].kernel + k;
                        body(offset, Cells { start, stride, first, end });
                    }
                }
            }
        }
    }

    /// The winners among the cells of the plane at `plane` of `x`: for each window the value of
    /// `v` there, and the offset.
    #[inline(always)]
    fn winners<T: Element>(&self, plane: usize, x: &[T], v: &[T]) -> ([T; WIDTH], [T; WIDTH]) {
        let (mut winners, mut values) = ([T::literal(0.0); WIDTH], [T::literal(0.0); WIDTH]);
        // Below 0: none yet. Numbers of the same size as the values stay in the same lanes.
        let mut offsets = [T::literal(-1.0); WIDTH];
        self.for_each_offset::<false>(|offset, cells| {
            let offset = T::literal(offset as f64);
            let (x, v) = (cells.read(plane, x), cells.read(plane, v));
            let all = cells.first == 0 && cells.end == self.count;
            for i in 0..WIDTH {
                let real = all | ((i >= cells.first) & (i < cells.end));
                let larger = (x[i] > winners[i]) | is_nan(x[i]);
                let wins = real & (larger & !is_nan(winners[i]) | (offsets[i] < T::literal(0.0)));
                winners[i] = if wins { x[i] } else { winners[i] };
                values[i] = if wins { v[i] } else { values[i] };
                offsets[i] = if wins { offset } else { offsets[i] };
            }
        });
        (values, offsets)
    }
}

impl Cells {
    /// Where the cell of window 0 lies, if `SPAN` elements from there are inside `length`.
    #[inline(always)]
    fn inside<const SPAN: usize>(&self, plane: usize, length: usize) -> Option<usize> {
        let start = (plane as isize + self.start) as usize;
        // A negative start is a huge number here.
        (start < length && length - start >= SPAN).then_some(start)
    }

    /// The cells of the plane at `plane` of `x`; anything for windows without one.
    #[inline(always)]
    fn read<T: Element>(&self, plane: usize, x: &[T]) -> [T; WIDTH] {
        let mut cells = [T::literal(0.0); WIDTH];
        if let (1, Some(start)) = (self.stride, self.inside::<WIDTH>(plane, x.len())) {
            cells.copy_from_slice(&x[start..start + WIDTH]);
        } else if let (2, Some(start)) = (self.stride, self.inside::<{ 2 * WIDTH }>(plane, x.len())) {
            let pairs: [T; 2 * WIDTH] = std::array::from_fn(|i| x[start..start + 2 * WIDTH][i]);
            for i in 0..WIDTH {
                cells[i] = pairs[2 * i];
            }
        } else {
            for i in self.first..self.end {
                cells[i] = x[(plane as isize + self.start) as usize + i * self.stride];
            }
        }
        cells
    }

    /// Adds to the cells of the plane at `plane` of `x`; `-0`, which changes nothing, for windows
    /// without one.
    #[inline(always)]
    fn add<T: Element>(&self, plane: usize, x: &mut [T], values: &[T; WIDTH]) {
        if let (1, Some(start)) = (self.stride, self.inside::<WIDTH>(plane, x.len())) {
            for (x, value) in x[start..start + WIDTH].iter_mut().zip(values) {
                *x = *x + *value;
            }
        } else if let (2, Some(start)) = (self.stride, self.inside::<{ 2 * WIDTH }>(plane, x.len())) {
            let x = &mut x[start..start + 2 * WIDTH];
            let mut pairs: [T; 2 * WIDTH] = std::array::from_fn(|i| x[i]);
            for i in 0..WIDTH {
                pairs[2 * i] = pairs[2 * i] + values[i];
            }
            x.copy_from_slice(&pairs);
        } else {
            for i in self.first..self.end {
                let x = &mut x[(plane as isize + self.start) as usize + i * self.stride];
                *x = *x + values[i];
            }
        }
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
        for (plane, out) in out.chunks_exact_mut(output).enumerate() {
            let mut done = 0;
            for windows in Windows::all(&pooling.axes) {
                let (values, _) = windows.winners(plane * input, x, v);
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
        let input = pooling.input_plane();
        let axes = &pooling.axes;
        if out.is_empty() {
            return;
        }
        let (first, rest) = out.split_at_mut(input);
        start(axes, first);
        rest.chunks_exact_mut(input).for_each(|plane| plane.copy_from_slice(first));
        let mut done = 0;
        for plane in 0..out.len() / input {
            for windows in Windows::all(axes) {
                let (_, offsets) = windows.winners(plane * input, x, x);
                let mut gradient = [T::literal(0.0); WIDTH];
                gradient[..windows.count].copy_from_slice(&delta[done..done + windows.count]);
                // Of the windows along an axis, the later ones have a cell at the smaller offsets.
                windows.for_each_offset::<true>(|offset, cells| {
                    let offset = T::literal(offset as f64);
                    let mut values = [T::literal(-0.0); WIDTH];
                    for i in 0..WIDTH {
                        let share = if offsets[i] == offset { gradient[i] } else { T::literal(0.0) };
                        let real = (i >= cells.first) & (i < cells.end);
                        values[i] = if real { share } else { T::literal(-0.0) };
                    }
                    cells.add(plane * input, out, &values);
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
