//! Maximum and average pooling and their gradients.
//!
//! The winner of a window is the first of its largest cells, row-major, or its first NaN; cells in
//! the padding never win.

mod average;
mod halving;
mod unfold;
mod windows;

use super::vector::{Body, Element, Vector};
use super::{InstructionSet, Processor, size};
use crate::window::{Axis, MAX_SPATIAL};
use halving::Halving;
use windows::{Windows, for_each_group, without_padding};

/// The geometry of a pool over values `[planes, spatial..]`. Every window covers a cell that is
/// not padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// The number of images times channels.
    pub planes: usize,
    /// The spatial axes; leading ones that do not exist are [`Axis::ABSENT`].
    pub axes: [Axis; MAX_SPATIAL],
}

/// The most cells of a window of [`Pooling::scatter`], which counts them in numbers of its type: up to this one, `f32` has
/// every whole number.
pub const MAX_COUNTED: usize = 1 << 24;
/// About the number of cells that are worth a thread of their own.
const WORTHWHILE: usize = 20_000;
/// The number of windows done together.
const WIDTH: usize = 16;

impl Pooling {
    fn input_plane(&self) -> usize {
        size(self.axes.map(|axis| axis.input))
    }

    fn output_plane(&self) -> usize {
        size(self.axes.map(|axis| axis.output))
    }

    /// The value of `v` at the winner of `x` in each window: with `v` the same as `x`, the maximum.
    ///
    /// # Panics
    /// If the lengths do not fit.
    #[inline(never)]
    pub fn select<T: Element>(&self, processor: &Processor, x: &[T], v: &[T], out: &mut [T]) {
        self.check(x, out);
        assert_eq!(v.len(), x.len(), "values of a pool");
        let (input, parts) = (self.input_plane(), self.parts(processor));
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            let range = planes.start * input..planes.end * input;
            let (x, v) = (&x[range.clone()], &v[range]);
            match Halving::new(self, planes.len()) {
                Some(halving) if std::ptr::eq(x, v) => {
                    self.set_for_rows::<T>(processor).run(halving::Select::<T, true> { halving, x, v, out });
                }
                Some(halving) => {
                    self.set_for_rows::<T>(processor).run(halving::Select::<T, false> { halving, x, v, out });
                }
                None => processor.instruction_set.run(Select { pooling: self, x, v, out }),
            }
        });
    }

    /// The gradient of the input from that of the output, `delta`: windows in ascending order give
    /// each of their cells `delta` if it is the winner of `x`, else `+0`; a cell keeps its first
    /// contribution and adds the later ones; cells of no window are `+0`. If `gated`, so are then those where `x` is
    /// neither positive nor NaN: as a cell has one value in all windows, their winners say which.
    ///
    /// # Panics
    /// If the lengths do not fit, or a window has more than [`MAX_COUNTED`] cells.
    #[inline(never)]
    pub fn scatter<T: Element>(&self, processor: &Processor, x: &[T], delta: &[T], gated: bool, out: &mut [T]) {
        self.check(x, delta);
        assert!(self.axes.iter().map(|axis| axis.kernel).product::<usize>() <= MAX_COUNTED, "cells of a window");
        assert_eq!(out.len(), x.len(), "gradient of a pool");
        let (input, output, parts) = (self.input_plane(), self.output_plane(), self.parts(processor));
        processor.threads.for_each_rows(parts, self.planes, out, &mut [], |planes, out, _| {
            let x = &x[planes.start * input..planes.end * input];
            let delta = &delta[planes.start * output..planes.end * output];
            match Halving::new(self, planes.len()) {
                Some(halving) => {
                    self.set_for_rows::<T>(processor).run(halving::Scatter { halving, x, delta, gated, out });
                }
                None => processor.instruction_set.run(Scatter { pooling: self, x, delta, gated, out }),
            }
        });
    }

    /// The instruction set for neighbouring windows of a row in the lanes of vectors.
    fn set_for_rows<T: Element>(&self, processor: &Processor) -> InstructionSet {
        processor.instruction_set.for_lanes::<T>(self.axes[MAX_SPATIAL - 1].output)
    }

    fn parts(&self, processor: &Processor) -> usize {
        processor.threads.split(self.planes, WORTHWHILE.div_ceil(self.input_plane().max(1)))
    }

    fn check<T>(&self, input: &[T], output: &[T]) {
        assert_eq!(input.len(), size([self.planes, self.input_plane()]), "input of a pool");
        assert_eq!(output.len(), size([self.planes, self.output_plane()]), "output of a pool");
    }
}

/// The first of `values` to `out`: a copy of a length that is not known would be a call.
///
/// # Safety
/// The machine has the instruction set of `V`.
#[inline(always)]
unsafe fn write<T: Element, V: Vector<T>>(values: &[T; WIDTH], out: &mut [T]) {
    for start in (0..out.len().min(WIDTH)).step_by(V::LANES) {
        // SAFETY: the caller's promise; the mask ends with `out`, and lanes divide the width.
        unsafe {
            let mask = V::mask(V::LANES.min(out.len() - start));
            V::load(values.as_ptr().add(start)).store_masked(out.as_mut_ptr().add(start), mask);
        }
    }
}

/// All of `from`, then zeros.
///
/// # Safety
/// The machine has the instruction set of `V`.
#[inline(always)]
unsafe fn read<T: Element, V: Vector<T>>(from: &[T]) -> [T; WIDTH] {
    let mut values = [T::number(0.0); WIDTH];
    for start in (0..from.len().min(WIDTH)).step_by(V::LANES) {
        // SAFETY: the caller's promise; the mask ends with `from`, and lanes divide the width.
        unsafe {
            let mask = V::mask(V::LANES.min(from.len() - start));
            V::load_masked(from.as_ptr().add(start), mask).store(values.as_mut_ptr().add(start));
        }
    }
    values
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
                let out = &mut out[done..done + windows.count];
                // SAFETY: the instruction set of `V` is there.
                unsafe { write::<T, V>(&values, out) };
                done += windows.count;
            });
        }
    }
}

struct Scatter<'a, T> {
    pooling: &'a Pooling,
    x: &'a [T],
    delta: &'a [T],
    gated: bool,
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Scatter<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { pooling, x, delta, gated, out } = self;
        let input = pooling.input_plane();
        let axes = &pooling.axes;
        if out.is_empty() {
            return;
        }
        start(axes, input, out);
        let mut done = 0;
        for plane in 0..out.len() / input {
            for_each_group!(axes, |windows| {
                let winners = windows.winners::<T, true>(plane * input, x, x);
                // What a cell gets that won, and one that lost; -0 changes nothing.
                let (mut gain, mut loss) = ([T::number(-0.0); WIDTH], [T::number(-0.0); WIDTH]);
                let delta = &delta[done..done + windows.count];
                // SAFETY: the instruction set of `V` is there.
                let delta = unsafe { read::<T, V>(delta) };
                for i in 0..WIDTH {
                    if i < windows.count {
                        let passes = !gated || winners.x[i] > T::number(0.0) || winners.x[i].is_nan();
                        gain[i] = if passes { delta[i] } else { T::number(0.0) };
                        loss[i] = T::number(0.0);
                    }
                }
                let values = |offset: usize| {
                    let (offset, mut values) = (T::number(offset as f64), loss);
                    for i in 0..WIDTH {
                        values[i] = if winners.offset[i] == offset { gain[i] } else { loss[i] };
                    }
                    values
                };
                contribute(&windows, plane * input, out, values);
                done += windows.count;
            });
        }
    }
}

/// Adds the contributions of a group of windows to their cells; `values` gives those at an offset, `-0`
/// beyond the last window.
#[inline(always)]
fn contribute<T: Element>(windows: &Windows<'_>, plane: usize, out: &mut [T], values: impl Fn(usize) -> [T; WIDTH]) {
    let axes = windows.axes;
    let [planes, rows, columns] = [axes[0].kernel, axes[1].kernel, axes[2].kernel];
    let halving = columns == 2 && windows.axes[2].stride == 2 && windows.axes[2].dilation == 1;
    for i in 0..planes {
        for j in 0..rows {
            let Some(row) = windows.row_of_cells(i, j) else { continue };
            let first = (i * rows + j) * columns;
            if halving && windows.inside {
                let cells = windows.cells(row, 0);
                cells.add_pairs(plane, out, &values(first), &values(first + 1));
                continue;
            }
            // Of the windows along an axis, the later have a cell at the smaller offset.
            for k in (0..columns).rev() {
                let (cells, mut values) = (windows.cells(row, k), values(first + k));
                if cells.first < cells.end {
                    if !windows.inside {
                        values[..cells.first].fill(T::number(-0.0));
                        values[cells.end..].fill(T::number(-0.0));
                    }
                    cells.add(plane, out, &values);
                }
            }
        }
    }
}

/// What the contributions to the cells of all planes are added to: `-0`, which gives the first one as it
/// is; and `+0` for cells of no window.
#[inline(always)]
fn start<T: Element>(axes: &[Axis; MAX_SPATIAL], input: usize, out: &mut [T]) {
    let covered = |axis: usize, cell: usize| {
        let axis = &axes[axis];
        (0..axis.kernel).any(|offset| axis.position(cell, offset).is_some())
    };
    let (first, rest) = out.split_at_mut(input);
    let mut cells = first.iter_mut();
    for a in 0..axes[0].input {
        for b in 0..axes[1].input {
            let row = covered(0, a) && covered(1, b);
            for (c, cell) in cells.by_ref().take(axes[2].input).enumerate() {
                *cell = T::number(if row && covered(2, c) { -0.0 } else { 0.0 });
            }
        }
    }
    rest.chunks_exact_mut(input).for_each(|plane| plane.copy_from_slice(first));
}
