//! The convolution and the gradient of its input with images in the lanes of a vector: where they fill more of it than
//! the channels of the result would. A place has the same terms in all images, so that the border costs nothing.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::{Shared, part_range};
use super::super::tile::{tile_rows, tile_vectors};
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::chains::{Chains, Factors};
use super::{After, Convolution, Direction, Run, Runs, Sides, UNIT, WORTHWHILE};
use crate::window::MAX_SPATIAL;

/// The smallest number of images that are worth a vector.
const ENOUGH: usize = 8;
/// The largest number of images side by side: so many fill the vectors of a tile, as so many channels would.
const IMAGES: usize = 32;
/// About the number of results that stay in scratch, images last, until they are transposed.
const BLOCK: usize = 32 * 1024;

/// Sizes of one direction.
#[derive(Clone, Copy)]
struct Sizes {
    sides: Sides,
    /// The distance of the weights of neighbouring groups.
    weight_group: usize,
    /// The number of blocks of images, and the length of a row of images.
    blocks: usize,
    row: usize,
    /// The largest number of rows (along the middle axis) of the result that are done together.
    rows: usize,
}

impl Sizes {
    fn new(geometry: &Convolution, direction: Direction, threads: usize) -> Self {
        let sides = Sides::new(geometry, direction);
        let Sides { to_channels, to, .. } = sides;
        let blocks = geometry.batch.div_ceil(IMAGES);
        let row = geometry.batch.min(IMAGES).next_multiple_of(UNIT);
        // Enough parts for all threads, even if there are few blocks.
        let planes = (blocks * geometry.groups * to[0]).max(1);
        let rows = BLOCK / (to[2] * to_channels * row).max(1);
        let rows = rows.min(to[1].div_ceil(threads.div_ceil(planes))).max(1);
        let weight_group = geometry.weight_size() / geometry.groups;
        Self { sides, weight_group, blocks, row, rows }
    }

    fn source_plane(&self) -> usize {
        self.sides.from.iter().product()
    }

    /// The elements of one image of the source.
    fn source_image(&self, groups: usize) -> usize {
        groups * self.sides.from_channels * self.source_plane()
    }

    /// The elements of the source, images last, of the bias, once for each image, and of the results of one thread.
    fn scratch(&self, groups: usize) -> [usize; 3] {
        [
            self.blocks * self.source_image(groups) * self.row,
            groups * self.sides.to_channels * self.row,
            self.sides.to_channels * self.rows * self.sides.to[2] * self.row,
        ]
    }
}

/// Whether images in the lanes are better than channels.
pub(super) fn suit(geometry: &Convolution, direction: Direction) -> bool {
    let channels = Sides::new(geometry, direction).to_channels;
    geometry.batch >= ENOUGH && channels <= geometry.batch.min(IMAGES - 1)
}

pub(super) fn scratch(geometry: &Convolution, direction: Direction, threads: usize) -> usize {
    let [source, bias, block] = Sizes::new(geometry, direction, threads).scratch(geometry.groups);
    source + bias + threads * block
}

/// Every result is a chain over the channels of `from` and the kernel offsets, and what is to be done after.
#[allow(clippy::too_many_arguments)]
pub(super) fn correlate<T: Element>(
    processor: &Processor,
    geometry: &Convolution,
    direction: Direction,
    w: &[T],
    After { bias, relu }: After<'_, T>,
    from: &[T],
    to: &mut [T],
    scratch: &mut [T],
) {
    if to.is_empty() {
        return;
    }
    let threads = processor.threads.count();
    let sizes = Sizes::new(geometry, direction, threads);
    let set = processor.instruction_set.for_lanes::<T>(geometry.batch);
    assert!(scratch.len() >= self::scratch(geometry, direction, threads), "scratch of a convolution");
    let [source, biases, _] = sizes.scratch(geometry.groups);
    let (source, scratch) = scratch.split_at_mut(source);
    let (biases, blocks) = scratch.split_at_mut(biases);
    let from_image = sizes.source_image(geometry.groups);
    let parts = processor.threads.split(source.len(), 20_000);
    processor.threads.for_each_rows(parts, sizes.blocks * from_image, source, &mut [], |cells, out, _| {
        set.run(ImagesLast { cells, batch: geometry.batch, from_image, row: sizes.row, from, out });
    });
    if let Some(bias) = bias {
        biases.chunks_exact_mut(sizes.row).zip(bias).for_each(|(biases, &bias)| biases.fill(bias));
    }
    let (source, biases) = (&*source, bias.is_some().then_some(&*biases));

    let work = to.len() * sizes.sides.from_channels * geometry.kernel_size();
    let parts = processor.threads.split(work, WORTHWHILE);
    let planes = sizes.blocks * geometry.groups * sizes.sides.to[0];
    // As many blocks for each thread, of fewer rows where that takes more of them.
    let even = if planes.is_multiple_of(parts) { 1 } else { parts };
    let row_blocks = sizes.sides.to[1].div_ceil(sizes.rows).next_multiple_of(even).min(sizes.sides.to[1]);
    let items = planes * row_blocks;
    let parts = parts.min(items);
    let to = Shared(to.as_mut_ptr());
    processor.threads.for_each_rows(parts, items, &mut [], blocks, |items, _, block| {
        for item in items {
            let [image_block, group, place, row_block] = geometry.block(item, sizes.sides.to[0], row_blocks);
            let images = image_block * IMAGES..geometry.batch.min((image_block + 1) * IMAGES);
            let rows = part_range(row_block, row_blocks, sizes.sides.to[1]);
            let from = &source[(image_block * geometry.groups + group) * sizes.source_image(1) * sizes.row..];
            let w = &w[group * sizes.weight_group..];
            let biases = biases.map(|biases| &biases[group * sizes.sides.to_channels * sizes.row..]);
            let to = to.pointer();
            let block =
                Block { geometry, direction, sizes, images, group, place, rows, w, biases, relu, from, to, block };
            set.run(block);
        }
    });
}

/// Arranges some of the cells `[block of images, cell of an image]` of the source with images last.
struct ImagesLast<'a, T> {
    cells: Range<usize>,
    batch: usize,
    from_image: usize,
    row: usize,
    from: &'a [T],
    out: &'a mut [T],
}

impl<T: Element> Body<T> for ImagesLast<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { cells, batch, from_image, row, from, out } = self;
        let mut start = cells.start;
        while start < cells.end {
            let (block, cell) = (start / from_image, start % from_image);
            let count = (from_image - cell).min(cells.end - start);
            let images = (batch - block * IMAGES).min(IMAGES);
            let from = &from[block * IMAGES * from_image..][..images * from_image];
            let out = &mut out[(start - cells.start) * row..][..count * row];
            // SAFETY: the instruction set of `V` is there; both slices have all these images and cells.
            unsafe { transpose::<T, V>(images, count, from.as_ptr().add(cell), from_image, out.as_mut_ptr(), row) }
            start += count;
        }
    }
}

/// Some rows of the results of a block of images, of one group and one place on the first axis.
struct Block<'a, T> {
    geometry: &'a Convolution,
    direction: Direction,
    sizes: Sizes,
    images: Range<usize>,
    group: usize,
    place: usize,
    rows: Range<usize>,
    /// The weights, the bias and the source of the group.
    w: &'a [T],
    biases: Option<&'a [T]>,
    relu: bool,
    from: &'a [T],
    to: *mut T,
    /// The results `[channel, place, image]`.
    block: &'a mut [T],
}

impl<T: Element> Body<T> for Block<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, direction, sizes, ref images, group, place, ref rows, to, .. } = self;
        let block = self.block.as_mut_ptr();
        let (axes, columns) = (&geometry.axes, sizes.sides.to[2]);
        let places = rows.len() * columns;
        // SAFETY: the instruction set of `V` is there; runs name places in the result, and their taps cells of
        // the source; the block has room for its places.
        unsafe {
            for first in Runs::new(&axes[0], direction, place..place + 1) {
                for middle in Runs::new(&axes[1], direction, rows.clone()) {
                    for last in Runs::new(&axes[2], direction, 0..columns) {
                        self.fill::<V>([first, middle, last], block);
                    }
                }
            }
            let to_plane: usize = sizes.sides.to.iter().product();
            for channel in 0..sizes.sides.to_channels {
                let from = block.add(channel * places * sizes.row);
                let channel = (images.start * geometry.groups + group) * sizes.sides.to_channels + channel;
                let to = to.add(channel * to_plane + (place * sizes.sides.to[1] + rows.start) * columns);
                let image = geometry.groups * sizes.sides.to_channels * to_plane;
                transpose::<T, V>(places, images.len(), from, sizes.row, to, image);
            }
        }
    }
}

impl<T: Element> Block<'_, T> {
    /// To `block` the results of some places with the same terms, up to the place of the cells.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are these places and their terms.
    #[inline(always)]
    unsafe fn fill<V: Vector<T>>(&self, runs: [Run; MAX_SPATIAL], block: *mut T) {
        let Self { geometry, sizes, .. } = *self;
        let places = self.rows.len() * sizes.sides.to[2];
        let taps = [runs[0].taps, runs[1].taps, runs[2].taps];
        let cell_steps =
            [sizes.sides.from[1] * sizes.sides.from[2], sizes.sides.from[2], 1].map(|step| step * sizes.row);
        let kernel_steps = [geometry.axes[1].kernel * geometry.axes[2].kernel, geometry.axes[2].kernel, 1];
        let (mut cell, mut weight) = (0, 0);
        for axis in 0..MAX_SPATIAL {
            cell += taps[axis].cell * cell_steps[axis];
            weight += taps[axis].kernel * kernel_steps[axis];
        }
        let vectors = self.images.len().div_ceil(V::LANES);
        let strips = vectors.div_ceil(tile_vectors(V::REGISTERS));
        for place in 0..runs[1].count * runs[2].count {
            let (i, j) = (place / runs[2].count, place % runs[2].count);
            let cell = cell + i * runs[1].cells * cell_steps[1] + j * runs[2].cells * cell_steps[2];
            let row = runs[1].first + i * runs[1].step - self.rows.start;
            let place = row * sizes.sides.to[2] + runs[2].first + j * runs[2].step;
            for strip in 0..strips {
                let strip = part_range(strip, strips, vectors);
                let lane = strip.start * V::LANES;
                let tiles = sizes.sides.to_channels.div_ceil(tile_rows(V::REGISTERS, strip.len()));
                for tile in 0..tiles {
                    let channels = part_range(tile, tiles, sizes.sides.to_channels);
                    let numbers = Factors {
                        start: self.w.as_ptr().wrapping_add(weight + channels.start * sizes.sides.weight_to),
                        channel: sizes.sides.weight_from,
                        steps: std::array::from_fn(|axis| (taps[axis].kernel_step * kernel_steps[axis]) as isize),
                    };
                    let vectors = Factors {
                        start: self.from.as_ptr().wrapping_add(cell + lane),
                        channel: sizes.source_plane() * sizes.row,
                        steps: std::array::from_fn(|axis| taps[axis].cell_step * cell_steps[axis] as isize),
                    };
                    let bias = |biases: &[T]| (biases[channels.start * sizes.row + lane..].as_ptr(), sizes.row);
                    let to = (channels.start * places + place) * sizes.row + lane;
                    let chains = Chains {
                        channels: sizes.sides.from_channels,
                        counts: [taps[0].count, taps[1].count, taps[2].count],
                        numbers,
                        numbers_row: sizes.sides.weight_to,
                        vectors,
                        begun: false,
                        bias: self.biases.map(bias),
                        relu: self.relu,
                        to: block.wrapping_add(to),
                        to_row: places * sizes.row,
                    };
                    // SAFETY: the caller's promise.
                    unsafe { chains.run::<V>(channels.len(), strip.len()) }
                }
            }
        }
    }
}
