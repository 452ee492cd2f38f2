//! The gradient of the weights: chains over images and output positions.

use super::super::Processor;
use super::super::threads::{Shared, part_range};
use super::super::tile::{Tile, load_full_row, tile_rows, tile_vectors};
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::chains::{Chains, Factors};
use super::tiles::{self, Tiles};
use super::{Convolution, UNIT};

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
    if out.is_empty() || geometry.batch == 0 {
        return out.fill(T::number(0.0));
    }
    assert!(scratch.len() >= self::scratch(geometry, processor.threads.count()), "scratch of a convolution");
    let set = processor.instruction_set.for_lanes::<T>(geometry.group_outputs());
    let (sums, transposed) = scratch.split_at_mut(sums(geometry));
    let group_out = out.len() / geometry.groups;
    let work = geometry.batch * geometry.output_plane() * group_out;
    let parts = processor.threads.split(work, 500_000);
    for (group, out) in out.chunks_exact_mut(group_out).enumerate() {
        let shared = Shared(sums.as_mut_ptr());
        processor.threads.for_each_rows(parts, parts, &mut [], transposed, |part, _, transposed| {
            set.run(Part { geometry, group, part: part.start, parts, x, delta, sums: shared.pointer(), transposed });
        });
        set.run(Arrange { row: row(geometry), sums, out });
    }
}

/// Transposes the sums, `[weight, output channel]`, into the gradient.
struct Arrange<'a, T> {
    row: usize,
    sums: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Arrange<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { row, sums, out } = self;
        let weights = sums.len() / row;
        // SAFETY: the instruction set of `V` is there; the output has as many columns as there are sums, and no
        // more rows than the sums have columns.
        unsafe { transpose::<T, V>(weights, out.len() / weights, sums.as_ptr(), row, out.as_mut_ptr(), weights) }
    }
}

/// Some of the tiles of one group.
struct Part<'a, T> {
    geometry: &'a Convolution,
    group: usize,
    part: usize,
    parts: usize,
    x: &'a [T],
    delta: &'a [T],
    /// The sums of the group, output channels last: those of the tiles of this part are for it alone.
    sums: *mut T,
    transposed: &'a mut [T],
}

impl<T: Element> Body<T> for Part<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, group, part, parts, x, delta, sums, transposed } = self;
        let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
        let (input_plane, output_plane) = (geometry.input_plane(), geometry.output_plane());
        let (axes, row) = (&geometry.axes, row(geometry));
        let vectors = outputs.div_ceil(V::LANES);
        let together = if Tiles::have_columns(geometry) { 1 } else { tile_vectors(V::REGISTERS) };
        let strips = vectors.div_ceil(together);
        let tiles = Tiles::new(geometry, tile_rows(V::REGISTERS, vectors.div_ceil(strips)), strips, parts);
        let [line, x_line] = tiles.line_steps();
        let own = part_range(part, parts, tiles.count() * strips);
        if own.is_empty() {
            return;
        }
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
            for number in own.clone() {
                let tile = tiles.tile(number / strips);
                let strip = part_range(number % strips, strips, vectors);
                let lane = strip.start * V::LANES;
                let terms = Terms {
                    counts: [images, tile.planes.len(), 0],
                    x: x.as_ptr().wrapping_offset(tile.cell),
                    x_steps: [
                        geometry.groups * inputs * input_plane,
                        axes[0].stride * axes[1].input * axes[2].input,
                        axes[1].stride * axes[2].input,
                        axes[2].stride,
                    ],
                    x_line,
                    delta: transposed.as_ptr().wrapping_add(lane),
                    delta_steps: [output_plane, axes[1].output * axes[2].output, axes[2].output, 1].map(|n| n * row),
                    tile: &tile,
                    cells: axes[2].input,
                    sums: sums.wrapping_add(tile.first * row + lane),
                    sums_steps: [line * row, row],
                };
                // SAFETY: the instruction set of `V` is there; tiles name cells of the input, and sums of their
                // own.
                unsafe { terms.add::<V>(strip.len(), image == 0) }
            }
        }
    }
}

/// The chains of one tile over the windows of some images.
#[derive(Clone, Copy)]
struct Terms<'a, T> {
    /// The numbers of images, and of windows along the first and the middle axis.
    counts: [usize; 3],
    /// The cell of the first weight in the first window.
    x: *const T,
    /// The distances of neighbouring images and windows, and of the cells of neighbouring lines.
    x_steps: [usize; 4],
    x_line: usize,
    delta: *const T,
    delta_steps: [usize; 4],
    tile: &'a tiles::Tile,
    /// The number of cells along the last axis.
    cells: usize,
    sums: *mut T,
    /// The distances of the sums of neighbouring lines and columns.
    sums_steps: [usize; 2],
}

macro_rules! sizes {
    ($terms:ident $lines:ident: $([$c:literal $($l:literal)*])*) => {
        match ($lines, $terms.tile.columns) {
            $($(($l, $c) => V::apply(Columns::<T, { $l * $c }, $c>($terms)),)*)*
            (lines, columns) => unreachable!("a tile of {lines} lines of {columns} columns"),
        }
    };
}

impl<T: Element> Terms<'_, T> {
    /// Adds the terms of all windows to the sums, or to `+0` if they are the first.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are the cells of the tile, the gradients of its windows and
    /// the sums.
    #[inline(always)]
    unsafe fn add<V: Vector<T>>(self, vectors: usize, first: bool) {
        let Self { tile, x_steps, delta_steps, .. } = self;
        let start = tile.planes.start;
        let at_planes = self.moved(0, start * x_steps[1], start * delta_steps[1]);
        // SAFETY: the caller's promise.
        unsafe {
            if first {
                for i in 0..tile.lines * tile.columns {
                    let (line, column) = (i / tile.columns, i % tile.columns);
                    let sums = self.sums.wrapping_add(line * self.sums_steps[0] + column * self.sums_steps[1]);
                    std::slice::from_raw_parts_mut(sums, vectors * V::LANES).fill(T::number(0.0));
                }
            }
            let mut segments = tile.segments.iter();
            if let (Some(segment), None) = (segments.next(), segments.next()) {
                return at_planes.add_segment::<V>(segment, vectors);
            }
            // The chains of the lines go on from segment to segment, plane to plane, and image to image.
            for i in 0..self.counts[0] * self.counts[1] {
                let (image, plane) = (i / self.counts[1], i % self.counts[1]);
                let [x, delta] = [x_steps, delta_steps].map(|steps| image * steps[0] + plane * steps[1]);
                let terms = Self { counts: [1, 1, 0], ..at_planes.moved(0, x, delta) };
                for segment in tile.segments.iter() {
                    terms.add_segment::<V>(segment, vectors);
                }
            }
        }
    }

    /// The chains from another line on, with cells and gradients of windows so much farther on.
    #[inline(always)]
    fn moved(self, line: usize, x: usize, delta: usize) -> Self {
        Self {
            x: self.x.wrapping_add(line * self.x_line + x),
            delta: self.delta.wrapping_add(delta),
            sums: self.sums.wrapping_add(line * self.sums_steps[0]),
            ..self
        }
    }

    /// Adds the terms of one segment.
    ///
    /// # Safety
    /// As for [`add`](Self::add).
    #[inline(always)]
    unsafe fn add_segment<V: Vector<T>>(self, segment: &tiles::Segment, vectors: usize) {
        let Self { tile, x_steps, delta_steps, counts: [images, planes, _], .. } = self;
        let (row, column) = (segment.windows.start, tile.some.start);
        let [x, delta] = [x_steps, delta_steps].map(|steps| row * steps[2] + column * steps[3]);
        let counts = [images, planes, segment.windows.len()];
        let (terms, lines) = (&Self { counts, ..self.moved(segment.lines.start, x, delta) }, segment.lines.len());
        // SAFETY: the caller's promise.
        unsafe {
            if tile.columns > 1 {
                return sizes!(terms lines: [2 1 2 3 4 5] [3 1 2 3] [4 1 2] [5 1 2]);
            }
            let factors = |start: *const T, steps: [usize; 4]| Factors {
                start,
                channel: steps[0],
                steps: std::array::from_fn(|axis| steps[axis + 1] as isize),
            };
            let chains = Chains {
                channels: images,
                counts: [planes, segment.windows.len(), tile.some.len()],
                numbers: factors(terms.x, x_steps),
                numbers_row: terms.x_line,
                vectors: factors(terms.delta, delta_steps),
                begun: true,
                bias: None,
                relu: false,
                to: terms.sums,
                to_row: terms.sums_steps[0],
            };
            chains.run::<V>(lines, vectors);
        }
    }
}

/// The terms of a tile of several columns and one vector, whose size is known to the compiler. A reference: the caller would
/// copy the terms for each size.
struct Columns<'a, T, const ROWS: usize, const COLUMNS: usize>(&'a Terms<'a, T>);

impl<T: Element, const ROWS: usize, const COLUMNS: usize> Body<T> for Columns<'_, T, ROWS, COLUMNS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let &Terms { counts, x, x_steps, x_line, delta, delta_steps, tile, cells, sums, sums_steps } = self.0;
        let sums = |i: usize| sums.wrapping_add(i / COLUMNS * sums_steps[0] + i % COLUMNS * sums_steps[1]);
        let (windows, all) = (tile.some.clone(), tile.all.clone());
        // SAFETY: the caller's promise. Cells are read only where they are not padding, and pointers elsewhere are
        // not.
        unsafe {
            let mut chains = Tile::<V, ROWS, 1>::load(sums, None);
            for image in 0..counts[0] {
                for plane in 0..counts[1] {
                    for row in 0..counts[2] {
                        let start = |steps: [usize; 4]| image * steps[0] + plane * steps[1] + row * steps[2];
                        let mut x = x.wrapping_add(start(x_steps));
                        let mut delta = delta.wrapping_add(start(delta_steps));
                        for window in windows.clone() {
                            let number = |i: usize| *x.wrapping_add(i / COLUMNS * x_line + i % COLUMNS);
                            let factors = load_full_row(delta);
                            if all.contains(&window) {
                                chains.add_products(number, factors);
                            } else {
                                let cell = tile.column_cell + (window * x_steps[3]) as isize;
                                for column in 0..COLUMNS {
                                    if ((cell + column as isize) as usize) < cells {
                                        for i in (column..ROWS).step_by(COLUMNS) {
                                            chains.add_product_in_row(i, number(i), factors);
                                        }
                                    }
                                }
                            }
                            (x, delta) = (x.wrapping_add(x_steps[3]), delta.wrapping_add(delta_steps[3]));
                        }
                    }
                }
            }
            chains.store(sums, None);
        }
    }
}
