//! Groups of neighbouring windows: their cells and their winners.

use super::super::vector::Element;
use super::WIDTH;
use crate::window::{Axis, MAX_SPATIAL};

/// Neighbouring windows along the last axis, at most [`WIDTH`].
#[derive(Clone, Copy)]
pub(super) struct Windows<'a> {
    pub axes: &'a [Axis; MAX_SPATIAL],
    pub plane: usize,
    pub row: usize,
    pub first: usize,
    pub count: usize,
    /// Whether no window has padding along the last axis.
    pub inside: bool,
}

/// The windows of `axis` without padding.
#[inline(always)]
pub(super) fn without_padding(axis: &Axis) -> (usize, usize) {
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
pub(super) struct Cells {
    pub start: isize,
    pub stride: usize,
    pub first: usize,
    pub end: usize,
}

impl Windows<'_> {
    /// Where the row of cells at the offsets `i` and `j` of the first two axes starts, if it is not
    /// padding.
    #[inline(always)]
    pub fn row_of_cells(&self, i: usize, j: usize) -> Option<usize> {
        let axes = self.axes;
        let (a, b) = (axes[0].cell(self.plane, i)?, axes[1].cell(self.row, j)?);
        Some((a * axes[1].input + b) * axes[2].input)
    }

    /// The cells at offset `k` of the last axis in a row that starts at `row`.
    #[inline(always)]
    pub fn cells(&self, row: usize, k: usize) -> Cells {
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
    pub fn winners<T: Element, const SAME: bool>(&self, plane: usize, x: &[T], v: &[T]) -> Winners<T> {
        if self.inside {
            self.winners_of::<T, SAME, true>(plane, x, v)
        } else {
            self.winners_of::<T, SAME, false>(plane, x, v)
        }
    }

    #[inline(always)]
    fn winners_of<T: Element, const SAME: bool, const INSIDE: bool>(
        &self,
        plane: usize,
        x: &[T],
        v: &[T],
    ) -> Winners<T> {
        let none = [T::number(0.0); WIDTH];
        let mut winners = Winners { x: none, v: none, offset: [T::number(-1.0); WIDTH] };
        let [planes, rows, columns] = [self.axes[0].kernel, self.axes[1].kernel, self.axes[2].kernel];
        let mut started = false;
        for i in 0..planes {
            for j in 0..rows {
                let Some(row) = self.row_of_cells(i, j) else { continue };
                for k in 0..columns {
                    let cells = self.cells(row, k);
                    let offset = T::number(((i * rows + j) * columns + k) as f64);
                    // Without padding all windows have a cell, and no place in the arrays is named
                    // at run time, so that they stay in registers.
                    if INSIDE {
                        let x = cells.read(plane, x);
                        let v = if SAME { x } else { cells.read(plane, v) };
                        winners = if started { winners.or(offset, x, v) } else { winners.all(offset, x, v) };
                        started = true;
                    } else {
                        for i in cells.first..cells.end {
                            let place = cells.place(plane, i);
                            winners.replace(i, offset, x[place], v[place]);
                        }
                    }
                }
            }
        }
        winners
    }
}

/// For each window its winner so far: the cell, the value of `v` there, and the offset: a number of
/// the same size, so that all three stay in the same lanes, below 0 without a winner.
#[derive(Clone, Copy)]
pub(super) struct Winners<T> {
    pub x: [T; WIDTH],
    pub v: [T; WIDTH],
    pub offset: [T; WIDTH],
}

impl<T: Element> Winners<T> {
    /// These cells win.
    #[inline(always)]
    fn all(self, offset: T, x: [T; WIDTH], v: [T; WIDTH]) -> Self {
        Self { x, v, offset: [offset; WIDTH] }
    }

    /// Cells win that are larger than the winner, or the first NaN.
    #[inline(always)]
    fn or(self, offset: T, x: [T; WIDTH], v: [T; WIDTH]) -> Self {
        let mut winners = self;
        for i in 0..WIDTH {
            // Not `<=`: larger, or one of them is NaN; two comparisons, which stay in vectors.
            #[allow(clippy::neg_cmp_op_on_partial_ord)]
            let wins = !(x[i] <= self.x[i]) & !self.x[i].is_nan();
            winners.x[i] = if wins { x[i] } else { self.x[i] };
            winners.v[i] = if wins { v[i] } else { self.v[i] };
            winners.offset[i] = if wins { offset } else { self.offset[i] };
        }
        winners
    }

    /// The same for one window, whose first cell wins.
    #[inline(always)]
    fn replace(&mut self, window: usize, offset: T, x: T, v: T) {
        let wins = (x > self.x[window] || x.is_nan()) && !self.x[window].is_nan();
        if wins || self.offset[window] < T::number(0.0) {
            (self.x[window], self.v[window], self.offset[window]) = (x, v, offset);
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
    pub fn read<T: Element>(&self, plane: usize, x: &[T]) -> [T; WIDTH] {
        let mut cells = [T::number(0.0); WIDTH];
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

    /// Adds to the cells and their right neighbours, for cells two apart; `-0` for windows without.
    #[inline(always)]
    pub fn add_pairs<T: Element>(&self, plane: usize, x: &mut [T], left: &[T; WIDTH], right: &[T; WIDTH]) {
        if let Some(start) = self.inside::<{ 2 * WIDTH }>(plane, x.len()) {
            let mut pairs = [[T::number(0.0); 2]; WIDTH];
            let (cells, _) = x[start..start + 2 * WIDTH].as_chunks_mut::<2>();
            for i in 0..WIDTH {
                pairs[i] = [cells[i][0] + left[i], cells[i][1] + right[i]];
            }
            cells.copy_from_slice(&pairs);
        } else {
            for i in self.first..self.end {
                let place = self.place(plane, i);
                x[place] = x[place] + left[i];
                x[place + 1] = x[place + 1] + right[i];
            }
        }
    }

    /// Adds to the cells of the plane at `plane` of `x`; `-0`, which changes nothing, for windows
    /// without one.
    #[inline(always)]
    pub fn add<T: Element>(&self, plane: usize, x: &mut [T], values: &[T; WIDTH]) {
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

/// The windows of `axis` whose cell at `offset` is not padding.
#[inline(always)]
fn valid(axis: &Axis, offset: usize) -> (usize, usize) {
    let Axis { input, stride, padding, dilation, output, .. } = *axis;
    let first = padding.saturating_sub(offset * dilation).div_ceil(stride).min(output);
    let end = (input + padding).saturating_sub(offset * dilation).div_ceil(stride).clamp(first, output);
    (first, end)
}

pub(super) use for_each_group;
