//! The gradient of the weights of a depthwise convolution: every channel has weights of its own, so that channels in the
//! lanes of a vector share neither cells nor gradients, but places.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::Shared;
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::tiles::windows;
use super::{Convolution, UNIT, WORTHWHILE};
use crate::window::MAX_SPATIAL;

/// The largest number of lines and of columns of weights whose chains go on at once.
const AT_ONCE: usize = 3;

/// The elements of some channels of an image, of their output gradient, and of their sums, channels last.
fn scratch_of_thread(geometry: &Convolution) -> [usize; 3] {
    [geometry.input_plane(), geometry.output_plane(), geometry.kernel_size()].map(|places| places * UNIT)
}

pub(super) fn scratch(geometry: &Convolution, threads: usize) -> usize {
    threads * scratch_of_thread(geometry).iter().sum::<usize>()
}

/// As [`Convolution::weight_gradient`].
pub(super) fn weight_gradient<T: Element>(
    processor: &Processor,
    geometry: &Convolution,
    x: &[T],
    delta: &[T],
    out: &mut [T],
    scratch: &mut [T],
) {
    assert!(scratch.len() >= self::scratch(geometry, processor.threads.count()), "scratch of a convolution");
    let strips = geometry.groups.div_ceil(UNIT);
    let work = geometry.batch * geometry.output_plane() * out.len();
    let parts = processor.threads.split(work, WORTHWHILE).min(strips);
    let out = Shared(out.as_mut_ptr());
    processor.threads.for_each_rows(parts, strips, &mut [], scratch, |strips, _, scratch| {
        processor.instruction_set.run(Strips { geometry, strips, x, delta, out: out.pointer(), scratch });
    });
}

/// Some strips of channels.
struct Strips<'a, T> {
    geometry: &'a Convolution,
    strips: Range<usize>,
    x: &'a [T],
    delta: &'a [T],
    out: *mut T,
    scratch: &'a mut [T],
}

impl<T: Element> Body<T> for Strips<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, strips, x, delta, out, scratch } = self;
        let channels = geometry.groups;
        let [cells, positions, weights] = [geometry.input_plane(), geometry.output_plane(), geometry.kernel_size()];
        let [cells_size, positions_size, sums_size] = scratch_of_thread(geometry);
        let (x_last, rest) = scratch.split_at_mut(cells_size);
        let (delta_last, rest) = rest.split_at_mut(positions_size);
        let sums = &mut rest[..sums_size];
        for strip in strips {
            let first = strip * UNIT;
            let count = UNIT.min(channels - first);
            sums.fill(T::number(0.0));
            for image in 0..geometry.batch {
                let channel = image * channels + first;
                let x = &x[channel * cells..][..count * cells];
                let delta = &delta[channel * positions..][..count * positions];
                // SAFETY: the instruction set of `V` is there; there is room for all places, channels last; weights have
                // the cells of their windows.
                unsafe {
                    transpose::<T, V>(count, cells, x.as_ptr(), cells, x_last.as_mut_ptr(), UNIT);
                    transpose::<T, V>(count, positions, delta.as_ptr(), positions, delta_last.as_mut_ptr(), UNIT);
                    for lane in (0..count).step_by(V::LANES) {
                        let [x, delta] = [x_last.as_ptr(), delta_last.as_ptr()].map(|start| start.add(lane));
                        add::<T, V>(geometry, x, delta, sums.as_mut_ptr().add(lane));
                    }
                }
            }
            // SAFETY: the instruction set of `V` is there; the weights of these channels are for this strip alone.
            unsafe {
                transpose::<T, V>(weights, count, sums.as_ptr(), UNIT, out.add(first * weights), weights);
            }
        }
    }
}

/// Adds the terms of one image to the sums of channels in the lanes of a vector.
///
/// # Safety
/// The machine has the instruction set of `V`; there are all cells, gradients and sums, [`UNIT`] elements apart.
#[inline(always)]
unsafe fn add<T: Element, V: Vector<T>>(geometry: &Convolution, x: *const T, delta: *const T, sums: *mut T) {
    let [planes, rows, last] = geometry.axes;
    let parts = |count: usize| (0..count).step_by(AT_ONCE).map(move |start| start..count.min(start + AT_ONCE));
    for plane_offset in 0..planes.kernel {
        for lines in parts(rows.kernel) {
            for columns in parts(last.kernel) {
                for plane in windows(&planes, plane_offset) {
                    let cell_plane = planes.cell(plane, plane_offset).expect("a window that has the cell");
                    for row in 0..rows.output {
                        // Lines whose cells are not padding follow each other.
                        let has_cell = |line: &usize| rows.cell(row, *line).is_some();
                        let Some(line) = lines.clone().find(has_cell) else { continue };
                        let count = lines.clone().filter(has_cell).count();
                        let cell_row = rows.cell(row, line).expect("a line that has a cell");
                        let weight = (plane_offset * rows.kernel + line) * last.kernel + columns.start;
                        let of_row = Row {
                            x: x.wrapping_add((cell_plane * rows.input + cell_row) * last.input * UNIT),
                            x_line: rows.dilation * last.input * UNIT,
                            delta: delta.wrapping_add((plane * rows.output + row) * last.output * UNIT),
                            sums: sums.wrapping_add(weight * UNIT),
                            sums_line: last.kernel * UNIT,
                            geometry,
                            first: columns.start,
                        };
                        // SAFETY: the caller's promise.
                        unsafe { of_row.add::<V>(count, columns.len()) }
                    }
                }
            }
        }
    }
}

/// The windows of a row, for some lines and columns of weights.
struct Row<'a, T> {
    /// The cells of the first line, and the distance of those of neighbouring lines.
    x: *const T,
    x_line: usize,
    delta: *const T,
    sums: *mut T,
    sums_line: usize,
    geometry: &'a Convolution,
    /// The first column of the weights.
    first: usize,
}

impl<T: Element> Row<'_, T> {
    /// Adds the terms of so many lines and columns of weights.
    ///
    /// # Safety
    /// As for [`add`].
    #[inline(always)]
    unsafe fn add<V: Vector<T>>(&self, lines: usize, columns: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            match (lines, columns) {
                (1, 1) => V::apply(Chains::<T, 1, 1>(self)),
                (1, 2) => V::apply(Chains::<T, 1, 2>(self)),
                (1, _) => V::apply(Chains::<T, 1, AT_ONCE>(self)),
                (2, 1) => V::apply(Chains::<T, 2, 1>(self)),
                (2, 2) => V::apply(Chains::<T, 2, 2>(self)),
                (2, _) => V::apply(Chains::<T, 2, AT_ONCE>(self)),
                (_, 1) => V::apply(Chains::<T, AT_ONCE, 1>(self)),
                (_, 2) => V::apply(Chains::<T, AT_ONCE, 2>(self)),
                _ => V::apply(Chains::<T, AT_ONCE, AT_ONCE>(self)),
            }
        }
    }
}

/// The chains of so many lines and columns of weights.
struct Chains<'a, T, const LINES: usize, const COLUMNS: usize>(&'a Row<'a, T>);

// Plain loops over places, as in `Tile`.
#[allow(clippy::needless_range_loop)]
impl<T: Element, const LINES: usize, const COLUMNS: usize> Body<T> for Chains<'_, T, LINES, COLUMNS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let &Row { x, x_line, delta, sums, sums_line, geometry, first } = self.0;
        let axis = geometry.axes[MAX_SPATIAL - 1];
        let [low, high] = [windows(&axis, first), windows(&axis, first + COLUMNS - 1)];
        let all = low.start..high.end;
        // The cell of the first column in the window at the origin.
        let origin = (first * axis.dilation) as isize - axis.padding as isize;
        let sums = |line: usize, column: usize| sums.wrapping_add(line * sums_line + column * UNIT);
        // SAFETY: the caller's promise. Cells are read only where they are not padding.
        unsafe {
            let mut chains = [[V::splat(T::number(0.0)); COLUMNS]; LINES];
            for line in 0..LINES {
                for column in 0..COLUMNS {
                    chains[line][column] = V::load(sums(line, column));
                }
            }
            for window in high.start..low.end.max(high.start) {
                let gradient = V::load(delta.wrapping_add(window * UNIT));
                let cell = origin + (window * axis.stride) as isize;
                let start = x.wrapping_offset(cell * UNIT as isize);
                let cells = |line: usize, column: usize| {
                    V::load(start.wrapping_add(line * x_line + column * axis.dilation * UNIT))
                };
                if all.contains(&window) {
                    for line in 0..LINES {
                        for column in 0..COLUMNS {
                            chains[line][column] = cells(line, column).mul_add(gradient, chains[line][column]);
                        }
                    }
                    continue;
                }
                for column in 0..COLUMNS {
                    if ((cell + (column * axis.dilation) as isize) as usize) < axis.input {
                        for line in 0..LINES {
                            chains[line][column] = cells(line, column).mul_add(gradient, chains[line][column]);
                        }
                    }
                }
            }
            for line in 0..LINES {
                for column in 0..COLUMNS {
                    chains[line][column].store(sums(line, column));
                }
            }
        }
    }
}
