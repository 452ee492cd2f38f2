//! The gradient of the weights: chains over images and output positions.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::{Shared, part_range};
use super::super::tile::{Tile, fits, load_full_row, tile_rows};
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::{Convolution, UNIT};
use crate::window::{Axis, MAX_SPATIAL};

/// The largest number of rows of a tile.
const ROWS: usize = 8;

/// The elements of one group's weight gradient, transposed.
fn sums(geometry: &Convolution) -> usize {
    geometry.group_inputs() * geometry.kernel_size() * geometry.group_outputs().next_multiple_of(UNIT)
}

/// The elements of one image's and group's output gradient, channels last.
fn transposed(geometry: &Convolution) -> usize {
    geometry.output_plane() * geometry.group_outputs().next_multiple_of(UNIT)
}

pub(super) fn scratch(geometry: &Convolution, threads: usize) -> usize {
    sums(geometry) + threads * transposed(geometry)
}

pub(super) fn weight_gradient<T: Element>(
    processor: &Processor,
    geometry: &Convolution,
    x: &[T],
    delta: &[T],
    out: &mut [T],
    scratch: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    assert!(scratch.len() >= self::scratch(geometry, processor.threads.count()), "scratch of a convolution");
    let set = processor.instruction_set.for_lanes::<T>(geometry.group_outputs());
    let (sums, transposed) = scratch.split_at_mut(sums(geometry));
    let terms = geometry.group_inputs() * geometry.kernel_size();
    let row = sums.len() / terms;
    let tiles = terms.div_ceil(ROWS);
    let work = geometry.batch * geometry.output_plane() * terms * geometry.group_outputs();
    let parts = processor.threads.split(work, 500_000).min(tiles);
    let group_out = out.len() / geometry.groups;
    for (group, out) in out.chunks_exact_mut(group_out).enumerate() {
        let shared = Shared(sums.as_mut_ptr());
        processor.threads.for_each_rows(parts, tiles, &mut [], transposed, |tiles, _, transposed| {
            let terms = tiles.start * ROWS..terms.min(tiles.end * ROWS);
            // SAFETY: parts have rows of the sums of their own.
            let sums =
                unsafe { std::slice::from_raw_parts_mut(shared.pointer().add(terms.start * row), terms.len() * row) };
            set.run(Part { geometry, group, terms, x, delta, sums, transposed });
        });
        set.run(Arrange { terms, row, sums, out });
    }
}

/// Transposes the sums into the gradient.
struct Arrange<'a, T> {
    terms: usize,
    row: usize,
    sums: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Arrange<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { terms, row, sums, out } = self;
        // SAFETY: the instruction set of `V` is there; the sums have `terms` rows, and the output
        // as many columns.
        unsafe { transpose::<T, V>(terms, out.len() / terms, sums.as_ptr(), row, out.as_mut_ptr(), terms) }
    }
}

/// Some input channels and kernel offsets, numbered row-major as `terms`, of one group.
struct Part<'a, T> {
    geometry: &'a Convolution,
    group: usize,
    terms: Range<usize>,
    x: &'a [T],
    delta: &'a [T],
    /// The sums of `terms`, output channels last.
    sums: &'a mut [T],
    transposed: &'a mut [T],
}

impl<T: Element> Body<T> for Part<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, group, terms, x, delta, sums, transposed } = self;
        let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
        let (input_plane, output_plane) = (geometry.input_plane(), geometry.output_plane());
        let row = sums.len() / terms.len();
        let vectors = outputs.div_ceil(V::LANES);
        let widest = if V::REGISTERS == 32 { 3 } else { 2 };
        let height = tile_rows(V::REGISTERS, vectors.min(widest));
        let tiles = terms.len().div_ceil(height);
        sums.fill(T::literal(0.0));
        for image in 0..geometry.batch {
            let place = image * geometry.groups + group;
            let x = &x[place * inputs * input_plane..][..inputs * input_plane];
            let delta = &delta[place * outputs * output_plane..][..outputs * output_plane];
            // SAFETY: the instruction set of `V` is there; `transposed` has whole vectors for every
            // output position, and the sums for every term.
            unsafe {
                transpose::<T, V>(outputs, output_plane, delta.as_ptr(), output_plane, transposed.as_mut_ptr(), row);
                for tile in 0..tiles {
                    let part = part_range(tile, tiles, terms.len());
                    let places = Places::new(geometry, terms.start + part.start, part.len());
                    for vector in (0..vectors).step_by(widest) {
                        let chains = Chains {
                            axes: &geometry.axes,
                            places: &places,
                            x: x.as_ptr(),
                            delta: transposed.as_ptr().add(vector * V::LANES),
                            sums: sums.as_mut_ptr().add(part.start * row + vector * V::LANES),
                            row,
                        };
                        chains.run::<V>(part.len(), widest.min(vectors - vector));
                    }
                }
            }
        }
    }
}

/// Where the terms of a tile lie: for each, its cell for the window at the origin, and the windows
/// whose cell is not in the padding.
struct Places {
    cells: [isize; ROWS],
    valid: [[(usize, usize); ROWS]; MAX_SPATIAL],
    /// The windows that are valid for all terms.
    common: [(usize, usize); MAX_SPATIAL],
}

impl Places {
    fn new(geometry: &Convolution, first: usize, count: usize) -> Self {
        let axes = &geometry.axes;
        let mut places =
            Self { cells: [0; ROWS], valid: [[(0, 0); ROWS]; MAX_SPATIAL], common: axes.map(|axis| (0, axis.output)) };
        for i in 0..count {
            let (channel, offset) = ((first + i) / geometry.kernel_size(), (first + i) % geometry.kernel_size());
            let rest = offset / axes[2].kernel;
            let kernel = [rest / axes[1].kernel, rest % axes[1].kernel, offset % axes[2].kernel];
            let mut cell = channel as isize;
            for (axis, kernel) in kernel.into_iter().enumerate() {
                let Axis { input, stride, padding, dilation, output, .. } = axes[axis];
                cell = cell * input as isize + (kernel * dilation) as isize - padding as isize;
                let first = padding.saturating_sub(kernel * dilation).div_ceil(stride).min(output);
                let end = (input + padding).saturating_sub(kernel * dilation).div_ceil(stride).clamp(first, output);
                places.valid[axis][i] = (first, end);
                let common = &mut places.common[axis];
                *common = (common.0.max(first), common.1.min(end));
            }
            places.cells[i] = cell;
        }
        for common in &mut places.common {
            common.1 = common.1.max(common.0);
        }
        places
    }
}

/// The chains of one tile over the output positions of one image.
#[derive(Clone, Copy)]
struct Chains<'a, T> {
    axes: &'a [Axis; MAX_SPATIAL],
    places: &'a Places,
    x: *const T,
    delta: *const T,
    sums: *mut T,
    row: usize,
}

macro_rules! sizes {
    ($chains:ident $rows:ident $vectors:ident: $($r:literal)*) => {
        match ($rows, $vectors) {
            $(
                ($r, 1) => V::apply(Unrolled::<T, $r, 1>($chains)),
                ($r, 2) => V::apply(Unrolled::<T, $r, 2>($chains)),
                ($r, 3) => V::apply(Unrolled::<T, $r, 3>($chains)),
            )*
            _ => unreachable!("a tile of {} rows of {} vectors", $rows, $vectors),
        }
    };
}

impl<T: Element> Chains<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self, rows: usize, vectors: usize) {
        // SAFETY: the caller's promise.
        unsafe { sizes!(self rows vectors: 1 2 3 4 5 6 7 8) }
    }
}

/// Chains of a tile whose size is known to the compiler.
struct Unrolled<'a, T, const ROWS: usize, const VECTORS: usize>(Chains<'a, T>);

impl<T: Element, const ROWS: usize, const VECTORS: usize> Body<T> for Unrolled<'_, T, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        if !fits(V::REGISTERS, ROWS, VECTORS) {
            unreachable!("tiles fit the registers");
        }
        let Chains { axes, places, x, delta, sums, row } = self.0;
        let [planes, rows, columns] = axes.map(|axis| axis.output);
        let inside = |axis: usize, place: usize| places.common[axis].0 <= place && place < places.common[axis].1;
        let valid = |axis: usize, i: usize, place: usize| {
            let (first, end) = places.valid[axis][i];
            first <= place && place < end
        };
        let cells: [isize; ROWS] = std::array::from_fn(|i| places.cells[i]);
        let step = axes[2].stride;
        // SAFETY: the caller's promise. Cells are read only where they are valid, and pointers
        // elsewhere are not.
        unsafe {
            let full = V::mask(V::LANES);
            let mut tile = Tile::<V, ROWS, VECTORS>::load(sums, row, full);
            for plane in 0..planes {
                for line in 0..rows {
                    let origin = (plane * axes[0].stride * axes[1].input + line * axes[1].stride) * axes[2].input;
                    let mut x = x.wrapping_add(origin);
                    let mut delta = delta.wrapping_add((plane * rows + line) * columns * row);
                    let (left, right) = match inside(0, plane) && inside(1, line) {
                        true => places.common[2],
                        false => (columns, columns),
                    };
                    for range in [0..left, right..columns] {
                        for column in range.clone() {
                            let factors = load_full_row(delta);
                            for (i, cell) in cells.into_iter().enumerate() {
                                if valid(2, i, column) && valid(1, i, line) && valid(0, i, plane) {
                                    tile.add_product_in_row(i, *x.wrapping_offset(cell), factors);
                                }
                            }
                            (x, delta) = (x.wrapping_add(step), delta.wrapping_add(row));
                        }
                        if range.start == 0 {
                            for _ in left..right {
                                tile.add_products(|i| *x.wrapping_offset(cells[i]), load_full_row(delta));
                                (x, delta) = (x.wrapping_add(step), delta.wrapping_add(row));
                            }
                        }
                    }
                }
            }
            tile.store(sums, row, None);
        }
    }
}
