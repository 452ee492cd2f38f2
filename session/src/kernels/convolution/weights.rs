//! The gradient of the weights: chains over images and output positions.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::{Shared, part_range};
use super::super::tile::{Tile, fits, load_full_row, tile_rows, tile_vectors};
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::places::{ENOUGH, Places, ROWS, along, locate};
use super::{Convolution, UNIT};
use crate::window::{Axis, MAX_SPATIAL};

/// The largest number of rows of a tile of `vectors` vectors.
const fn rows(registers: usize, vectors: usize) -> usize {
    if vectors == 1 { ROWS } else { tile_rows(registers, vectors) }
}

/// About the number of elements of the output gradient that are transposed at once.
const BLOCK: usize = 32 * 1024;

/// The output channels of a group in whole vectors of any instruction set. Few have vectors of their own.
fn row(geometry: &Convolution) -> usize {
    geometry.group_outputs().next_multiple_of(if geometry.group_outputs() <= UNIT / 2 { UNIT / 2 } else { UNIT })
}

/// The elements of one group's weight gradient, transposed.
fn sums(geometry: &Convolution) -> usize {
    geometry.group_inputs() * geometry.kernel_size() * row(geometry)
}

/// The elements of one image's and group's output gradient, channels last.
fn transposed(geometry: &Convolution) -> usize {
    geometry.output_plane() * row(geometry)
}

/// The number of images whose output gradients are transposed at once.
fn images(geometry: &Convolution) -> usize {
    (BLOCK / transposed(geometry).max(1)).clamp(1, geometry.batch.max(1))
}

pub(super) fn scratch(geometry: &Convolution, threads: usize) -> usize {
    sums(geometry) + threads * images(geometry) * transposed(geometry)
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
    // Parts begin with a new kernel offset, if there are enough input channels for a tile.
    let unit = if geometry.group_inputs() >= ENOUGH { geometry.group_inputs() } else { 1 };
    let units = terms / unit;
    let work = geometry.batch * geometry.output_plane() * terms * geometry.group_outputs();
    let parts = processor.threads.split(work, 500_000).min(terms.div_ceil(unit.max(ENOUGH)));
    let group_out = out.len() / geometry.groups;
    for (group, out) in out.chunks_exact_mut(group_out).enumerate() {
        let shared = Shared(sums.as_mut_ptr());
        processor.threads.for_each_rows(parts, units, &mut [], transposed, |units, _, transposed| {
            let terms = units.start * unit..units.end * unit;
            // SAFETY: parts have rows of the sums of their own.
            let sums =
                unsafe { std::slice::from_raw_parts_mut(shared.pointer().add(terms.start * row), terms.len() * row) };
            set.run(Part { geometry, group, terms, x, delta, sums, transposed });
        });
        set.run(Arrange { geometry, row, sums, out });
    }
}

/// Transposes the sums, `[term, output channel]`, into the gradient; [`locate`] says which term is where.
struct Arrange<'a, T> {
    geometry: &'a Convolution,
    row: usize,
    sums: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Arrange<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, row, sums, out } = self;
        let (channels, kernel, terms) = (geometry.group_inputs(), geometry.kernel_size(), sums.len() / row);
        let outputs = out.len() / terms;
        if channels < ENOUGH {
            for (term, sums) in sums.chunks_exact(row).enumerate() {
                let ([plane, line, column], channel) = locate(geometry, term);
                let offset = (plane * geometry.axes[1].kernel + line) * geometry.axes[2].kernel + column;
                for (output, &sum) in sums[..outputs].iter().enumerate() {
                    out[output * terms + channel * kernel + offset] = sum;
                }
            }
            return;
        }
        for channel in 0..channels {
            let (from, to) = (sums[channel * row..].as_ptr(), out[channel * kernel..].as_mut_ptr());
            // SAFETY: the instruction set of `V` is there; the sums have `terms` rows, and the
            // output as many columns.
            unsafe { transpose::<T, V>(kernel, outputs, from, channels * row, to, terms) }
        }
    }
}

/// Some kernel offsets and input channels of one group, `terms` in the order of [`locate`].
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
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, group, terms, x, delta, sums, transposed } = self;
        let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
        let (input_plane, output_plane) = (geometry.input_plane(), geometry.output_plane());
        let row = sums.len() / terms.len();
        let vectors = outputs.div_ceil(V::LANES);
        let strips = vectors.div_ceil(tile_vectors(V::REGISTERS));
        sums.fill(T::number(0.0));
        let together = images(geometry);
        for image in (0..geometry.batch).step_by(together) {
            let images = together.min(geometry.batch - image);
            let place = image * geometry.groups + group;
            for i in 0..images {
                let place = place + i * geometry.groups;
                let from = &delta[place * outputs * output_plane..][..outputs * output_plane];
                let to = &mut transposed[i * output_plane * row..][..output_plane * row];
                // SAFETY: the instruction set of `V` is there; there are whole vectors for every
                // output position.
                unsafe {
                    transpose::<T, V>(outputs, output_plane, from.as_ptr(), output_plane, to.as_mut_ptr(), row);
                }
            }
            let x = &x[place * inputs * input_plane..];
            for strip in 0..strips {
                let strip = part_range(strip, strips, vectors);
                let height = rows(V::REGISTERS, strip.len());
                let mut term = terms.start;
                while term < terms.end {
                    // Tiles of one kernel offset have no border inside, if there are enough input
                    // channels for them.
                    let offset_end = if inputs >= ENOUGH { (term / inputs + 1) * inputs } else { terms.end };
                    let left = terms.end.min(offset_end) - term;
                    let count = left.div_ceil(left.div_ceil(height));
                    let places = Places::new(geometry, term, count);
                    let chains = Chains {
                        axes: &geometry.axes,
                        places: &places,
                        images,
                        x: x.as_ptr(),
                        x_image: geometry.groups * inputs * input_plane,
                        delta: transposed.as_ptr().wrapping_add(strip.start * V::LANES),
                        sums: sums[(term - terms.start) * row + strip.start * V::LANES..].as_mut_ptr(),
                        row,
                    };
                    // SAFETY: the instruction set of `V` is there; places name cells of the input
                    // and rows of the sums.
                    unsafe { chains.run::<V>(count, strip.len()) }
                    term += count;
                }
            }
        }
    }
}

/// The chains of one tile over the output positions of some images.
#[derive(Clone, Copy)]
struct Chains<'a, T> {
    axes: &'a [Axis; MAX_SPATIAL],
    places: &'a Places,
    images: usize,
    x: *const T,
    /// The distance of neighbouring images.
    x_image: usize,
    delta: *const T,
    sums: *mut T,
    row: usize,
}

macro_rules! sizes {
    ($chains:ident $rows:ident $vectors:ident: $($r:literal)*) => {
        match ($rows, $vectors) {
            $(
                ($r, 1) => V::apply(Unrolled::<T, $r, 1>($chains)),
                ($r, 2) if const { fits(V::REGISTERS, $r, 2) } => V::apply(Unrolled::<T, $r, 2>($chains)),
                ($r, 3) if const { fits(V::REGISTERS, $r, 3) } => V::apply(Unrolled::<T, $r, 3>($chains)),
            )*
            _ => unreachable!("a tile of {} rows of {} vectors", $rows, $vectors),
        }
    };
}

impl<T: Element> Chains<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self, rows: usize, vectors: usize) {
        // SAFETY: the caller's promise.
        unsafe { sizes!(self rows vectors: 1 2 3 4 5 6 7 8 9) }
    }
}

/// Chains of a tile whose size is known to the compiler.
struct Unrolled<'a, T, const ROWS: usize, const VECTORS: usize>(Chains<'a, T>);

impl<T: Element, const ROWS: usize, const VECTORS: usize> Body<T> for Unrolled<'_, T, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // In a constant, so that nothing is compiled for the tiles that no matrix is cut into.
        if const { ROWS > rows(V::REGISTERS, VECTORS) } {
            unreachable!("tiles fit the registers");
        }
        let Chains { axes, places, images, x_image, sums, row, .. } = self.0;
        let (mut image_x, mut delta) = (self.0.x, self.0.delta);
        let mut cells = [0; ROWS];
        cells.copy_from_slice(&places.cells[..ROWS]);
        let step = axes[2].stride;
        // SAFETY: the caller's promise. Cells are read only where they are valid, and pointers
        // elsewhere are not.
        unsafe {
            let full = V::mask(V::LANES);
            let mut tile = Tile::<V, ROWS, VECTORS>::load(sums, row, full);
            for _ in 0..images {
                for (planes, plane) in along(places.segments(0)) {
                    for (lines, line) in along(places.segments(1)) {
                        let origin = (plane * axes[0].stride * axes[1].input + line * axes[1].stride) * axes[2].input;
                        let mut x = image_x.wrapping_add(origin);
                        for columns in places.segments(2) {
                            let (count, terms) = (columns.end - columns.start, planes & lines & columns.terms);
                            if terms == 0 {
                                (x, delta) = (x.wrapping_add(count * step), delta.wrapping_add(count * row));
                                continue;
                            }
                            if terms == (1 << ROWS) - 1 {
                                for _ in 0..count {
                                    tile.add_products(|i| *x.wrapping_offset(cells[i]), load_full_row(delta));
                                    (x, delta) = (x.wrapping_add(step), delta.wrapping_add(row));
                                }
                                continue;
                            }
                            for _ in 0..count {
                                let factors = load_full_row(delta);
                                for (i, cell) in cells.into_iter().enumerate() {
                                    if terms & (1 << i) != 0 {
                                        tile.add_product_in_row(i, *x.wrapping_offset(cell), factors);
                                    }
                                }
                                (x, delta) = (x.wrapping_add(step), delta.wrapping_add(row));
                            }
                        }
                    }
                }
                image_x = image_x.wrapping_add(x_image);
            }
            tile.store(sums, row, None);
        }
    }
}
