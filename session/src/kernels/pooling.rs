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
#[derive(Clone, Copy)]
struct Windows<'a> {
    axes: &'a [Axis; MAX_SPATIAL],
    plane: usize,
    row: usize,
    first: usize,
    count: usize,
    /// Whether no window has padding along the last axis.
    inside: bool,
}

/// The windows of `axis` without padding.
#[inline(always)]
fn without_padding(axis: &Axis) -> (usize, usize) {
    let (first, _) = valid(axis, 0);
    let (_, end) = valid(axis, axis.kernel - 1);
    (first, end)
}

/// Runs `body` for all windows of a plane in ascending order, in groups of neighbours.
macro_rules! for_each_group {
    ($axes:expr, |$windows:ident| $body:block) => {
        let axes = $axes;
        let inside = without_padding(&axes[2]);
        for plane in 0..axes[0].output {
            for row in 0..axes[1].output {
                for first in (0..axes[2].output).step_by(WIDTH) {
                    let count = WIDTH.min(axes[2].output - first);
                    let inside = inside.0 <= first && first + count <= inside.1;
                    let $windows = Windows { axes, plane, row, first, count, inside };
                    $body
                }
            }
        }
    };
}

/// The cells of neighbouring windows at one kernel offset: `start + i * stride` for the windows `i`
/// from `first` to `end`; for the others it is padding.
struct Cells {
    start: isize,
    stride: usize,
    first: usize,
    end: usize,
}

impl Windows<'_> {
    /// Where the row of cells at the offsets `i` and `j` of the first two axes starts, if it is not
    /// padding.
    #[inline(always)]
    fn row_of_cells(&self, i: usize, j: usize) -> Option<usize> {
        let axes = self.axes;
        let (a, b) = (axes[0].cell(self.plane, i)?, axes[1].cell(self.row, j)?);
        Some((a * axes[1].input + b) * axes[2].input)
    }

    /// The cells at offset `k` of the last axis in a row that starts at `row`.
    #[inline(always)]
    fn cells(&self, row: usize, k: usize) -> Cells {
        let axis = &self.axes[2];
        let (first, end) = if self.inside { (self.first, self.first + self.count) } else { valid(axis, k) };
        let column = (self.first * axis.stride + k * axis.dilation) as isize - axis.padding as isize;
        Cells {
            start: row as isize + column,
            stride: axis.stride,
            first: first.max(self.first) - self.first,
            end: end.saturating_sub(self.first).min(self.count),
        }
    }

    /// The winners among the cells of the plane at `plane` of `x`; if `v` is the `SAME`, it is not
    /// read.
    #[inline(always)]
    fn winners<T: Element, const SAME: bool>(&self, plane: usize, x: &[T], v: &[T]) -> Winners<T> {
        let none = [T::literal(0.0); WIDTH];
        let mut winners = Winners { x: none, v: none, offset: [T::literal(-1.0); WIDTH] };
        // Whether every window has a winner so far, and whether no window has.
        let (mut every, mut no) = (false, true);
        let [planes, rows, columns] = self.axes.map(|axis| axis.kernel);
        for i in 0..planes {
            for j in 0..rows {
                let Some(row) = self.row_of_cells(i, j) else { continue };
                for k in 0..columns {
                    let cells = self.cells(row, k);
                    if cells.first >= cells.end {
                        continue;
                    }
                    let offset = T::literal(((i * rows + j) * columns + k) as f64);
                    let all = cells.first == 0 && cells.end == self.count;
                    let x = cells.read(plane, x);
                    let v = if SAME { x } else { cells.read(plane, v) };
                    match (all, every, no) {
                        (true, true, _) => winners.replace(offset, &x, &v),
                        (true, _, true) => winners = Winners { x, v, offset: [offset; WIDTH] },
                        _ => winners.replace_some(offset, &x, &v, cells.first..cells.end),
                    }
                    (every, no) = (every | all, false);
                }
            }
        }
        winners
    }
}

/// For each window its winner so far: the cell, the value of `v` there, and the offset: a number of
/// the same size, so that all three stay in the same lanes, below 0 without a winner.
struct Winners<T> {
    x: [T; WIDTH],
    v: [T; WIDTH],
    offset: [T; WIDTH],
}

impl<T: Element> Winners<T> {
    /// Lets cells win that are larger than the winner, or the first NaN.
    #[inline(always)]
    fn replace(&mut self, offset: T, x: &[T; WIDTH], v: &[T; WIDTH]) {
        for i in 0..WIDTH {
            let wins = ((x[i] > self.x[i]) | is_nan(x[i])) & !is_nan(self.x[i]);
            self.x[i] = if wins { x[i] } else { self.x[i] };
            self.v[i] = if wins { v[i] } else { self.v[i] };
            self.offset[i] = if wins { offset } else { self.offset[i] };
        }
    }

    /// The same for the windows in a range, whose first cell wins.
    #[inline(always)]
    fn replace_some(&mut self, offset: T, x: &[T; WIDTH], v: &[T; WIDTH], range: std::ops::Range<usize>) {
        for i in range {
            let wins = (x[i] > self.x[i] || is_nan(x[i])) && !is_nan(self.x[i]);
            if wins || self.offset[i] < T::literal(0.0) {
                (self.x[i], self.v[i], self.offset[i]) = (x[i], v[i], offset);
            }
        }
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

    /// Where the cell of window `i` lies.
    #[inline(always)]
    fn place(&self, plane: usize, i: usize) -> usize {
        (plane as isize + self.start + (i * self.stride) as isize) as usize
    }

    /// The cells of the plane at `plane` of `x`; anything for windows without one.
    #[inline(always)]
    fn read<T: Element>(&self, plane: usize, x: &[T]) -> [T; WIDTH] {
        let mut cells = [T::literal(0.0); WIDTH];
        if let (1, Some(start)) = (self.stride, self.inside::<WIDTH>(plane, x.len())) {
            cells.copy_from_slice(&x[start..start + WIDTH]);
        } else if let (2, Some(start)) = (self.stride, self.inside::<{ 2 * WIDTH }>(plane, x.len())) {
            let (pairs, _) = x[start..start + 2 * WIDTH].as_chunks::<2>();
            for i in 0..WIDTH {
                cells[i] = pairs[i][0];
            }
        } else {
            for i in self.first..self.end {
                cells[i] = x[self.place(plane, i)];
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
            let (pairs, _) = x[start..start + 2 * WIDTH].as_chunks_mut::<2>();
            for i in 0..WIDTH {
                pairs[i][0] = pairs[i][0] + values[i];
            }
        } else {
            for i in self.first..self.end {
                let x = &mut x[self.place(plane, i)];
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
        let same = std::ptr::eq(x, v);
        for (plane, out) in out.chunks_exact_mut(output).enumerate() {
            let mut done = 0;
            for_each_group!(&pooling.axes, |windows| {
                let values = if same {
                    windows.winners::<T, true>(plane * input, x, x).x
                } else {
                    windows.winners::<T, false>(plane * input, x, v).v
                };
                out[done..done + windows.count].copy_from_slice(&values[..windows.count]);
                done += windows.count;
            });
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
        let [planes, rows, columns] = axes.map(|axis| axis.kernel);
        if out.is_empty() {
            return;
        }
        let (first, rest) = out.split_at_mut(input);
        start(axes, first);
        rest.chunks_exact_mut(input).for_each(|plane| plane.copy_from_slice(first));
        let mut done = 0;
        for plane in 0..out.len() / input {
            for_each_group!(axes, |windows| {
                let winners = windows.winners::<T, true>(plane * input, x, x);
                let mut gradient = [T::literal(0.0); WIDTH];
                gradient[..windows.count].copy_from_slice(&delta[done..done + windows.count]);
                for i in 0..planes {
                    for j in 0..rows {
                        let Some(row) = windows.row_of_cells(i, j) else { continue };
                        // Of the windows along an axis, the later have a cell at the smaller offset.
                        for k in (0..columns).rev() {
                            let cells = windows.cells(row, k);
                            if cells.first < cells.end {
                                let offset = T::literal(((i * rows + j) * columns + k) as f64);
                                let mut values = [T::literal(-0.0); WIDTH];
                                for i in 0..WIDTH {
                                    let won = winners.offset[i] == offset;
                                    values[i] = if won { gradient[i] } else { T::literal(0.0) };
                                }
                                values[..cells.first].fill(T::literal(-0.0));
                                values[cells.end..].fill(T::literal(-0.0));
                                cells.add(plane * input, out, &values);
                            }
                        }
                    }
                }
                done += windows.count;
            });
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
