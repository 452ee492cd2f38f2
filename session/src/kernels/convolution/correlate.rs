//! The convolution and the gradient of its input: chains over source channels and kernel offsets.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::{Shared, part_range};
use super::super::tile::{tile_rows, tile_vectors};
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::chains::{Chains, Factors};
use super::{After, Convolution, Direction, Run, Runs, Sides, UNIT, WORTHWHILE};
use crate::window::MAX_SPATIAL;

/// About the number of results that stay in scratch, channels last, until they are transposed.
const BLOCK: usize = 32 * 1024;
/// The largest number of images done together, so that results near the border, whose terms few
/// results of one image share, fill tiles too.
const IMAGES: usize = 8;

/// Sizes of one direction, for one group.
#[derive(Clone, Copy)]
struct Sizes {
    sides: Sides,
    /// Channels of the result in a group in whole vectors of any instruction set.
    to_row: usize,
    kernel: [usize; MAX_SPATIAL],
    /// The distance of the weights of neighbouring source channels.
    weight_channel: usize,
    /// Rows (along the middle axis) and images of a block of the result.
    rows: usize,
    images: usize,
}

impl Sizes {
    fn new(geometry: &Convolution, direction: Direction, threads: usize) -> Self {
        let sides = Sides::new(geometry, direction);
        let Sides { to_channels, to, .. } = sides;
        let to_row = to_channels.next_multiple_of(UNIT);
        // Enough blocks for all threads, even if there are few images.
        let planes = (geometry.batch * geometry.groups * to[0]).max(1);
        let row = (to[2] * to_row).max(1);
        let images =
            (BLOCK / (to[1] * row).max(1)).clamp(1, IMAGES).min(planes.div_ceil(threads)).min(geometry.batch.max(1));
        let rows = (BLOCK / row).min(to[1].div_ceil((2 * threads).div_ceil(planes))).max(1);
        let rows = if images > 1 { to[1] } else { rows };
        let kernel = geometry.axes.map(|axis| axis.kernel);
        let weight_channel = geometry.kernel_size() * to_row;
        Self { sides, to_row, kernel, weight_channel, rows, images }
    }

    /// The elements of the arranged weights, then those of the bias.
    fn weights(&self, groups: usize) -> usize {
        groups * (self.sides.from_channels * self.weight_channel + self.to_row)
    }

    fn block(&self) -> usize {
        self.images * self.rows * self.sides.to[2] * self.to_row
    }
}

pub(super) fn scratch(geometry: &Convolution, direction: Direction, threads: usize) -> usize {
    let sizes = Sizes::new(geometry, direction, threads);
    sizes.weights(geometry.groups) + threads * sizes.block()
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
    let set = processor.instruction_set.for_lanes::<T>(sizes.sides.to_channels);
    assert!(scratch.len() >= self::scratch(geometry, direction, threads), "scratch of a convolution");
    let (weights, blocks) = scratch.split_at_mut(sizes.weights(geometry.groups));
    set.run(Weights { direction, sizes, w, bias, out: weights });
    let weights = &*weights;

    let (row_blocks, image_blocks) = (sizes.sides.to[1].div_ceil(sizes.rows), geometry.batch.div_ceil(sizes.images));
    let items = image_blocks * geometry.groups * sizes.sides.to[0] * row_blocks;
    let work = to.len() * sizes.sides.from_channels * geometry.kernel_size();
    let parts = processor.threads.split(work, WORTHWHILE).min(items);
    let (to, after) = (Shared(to.as_mut_ptr()), [bias.is_some(), relu]);
    processor.threads.for_each_rows(parts, items, &mut [], blocks, |items, _, block| {
        for item in items {
            let [image_block, group, place, row_block] = geometry.block(item, sizes.sides.to[0], row_blocks);
            let images = image_block * sizes.images..geometry.batch.min((image_block + 1) * sizes.images);
            let rows = row_block * sizes.rows..sizes.sides.to[1].min((row_block + 1) * sizes.rows);
            let weights = &weights[group * sizes.weights(1)..][..sizes.weights(1)];
            let to = to.pointer();
            set.run(Block { geometry, direction, sizes, images, group, place, rows, weights, after, from, to, block });
        }
    });
}

/// Arranges the weights as `[group, source channel, kernel offset, result channel]` and after each
/// group its bias, with whole vectors of result channels.
struct Weights<'a, T> {
    direction: Direction,
    sizes: Sizes,
    w: &'a [T],
    bias: Option<&'a [T]>,
    out: &'a mut [T],
}

impl<T: Element> Body<T> for Weights<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Sizes { sides: Sides { from_channels, to_channels, .. }, to_row, .. } = self.sizes;
        let kernel: usize = self.sizes.kernel.iter().product();
        for (group, out) in self.out.chunks_exact_mut(self.sizes.weights(1)).enumerate() {
            let (weights, bias) = out.split_at_mut(from_channels * self.sizes.weight_channel);
            if let Some(values) = self.bias {
                bias[..to_channels].copy_from_slice(&values[group * to_channels..][..to_channels]);
            }
            let terms = from_channels * kernel;
            let w = &self.w[group * to_channels * terms..][..to_channels * terms];
            // SAFETY: the instruction set of `V` is there; both slices have room for their group.
            unsafe {
                if self.direction == Direction::Forward {
                    transpose::<T, V>(to_channels, terms, w.as_ptr(), terms, weights.as_mut_ptr(), to_row);
                    continue;
                }
                for channel in 0..from_channels {
                    let w = w[channel * to_channels * kernel..].as_ptr();
                    let out = weights[channel * self.sizes.weight_channel..].as_mut_ptr();
                    transpose::<T, V>(to_channels, kernel, w, kernel, out, to_row);
                }
            }
        }
    }
}

/// Some rows of the results of some images, of one group and one place on the first axis.
struct Block<'a, T> {
    geometry: &'a Convolution,
    direction: Direction,
    sizes: Sizes,
    images: Range<usize>,
    group: usize,
    place: usize,
    rows: Range<usize>,
    weights: &'a [T],
    /// Whether there is a bias, and whether what is neither positive nor NaN becomes `+0` then.
    after: [bool; 2],
    from: &'a [T],
    to: *mut T,
    /// The results, channels last.
    block: &'a mut [T],
}

impl<T: Element> Body<T> for Block<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, direction, sizes, images, group, place, rows, weights, after, from, to, block } = self;
        let (axes, columns, to_row) = (&geometry.axes, sizes.sides.to[2], sizes.to_row);
        let (from_plane, to_plane): (usize, usize) =
            (sizes.sides.from.iter().product(), sizes.sides.to.iter().product());
        let block_size = rows.len() * columns * to_row;
        let from_image = sizes.sides.from_channels * from_plane;
        let from = from[(images.start * geometry.groups + group) * from_image..].as_ptr();
        // SAFETY: the instruction set of `V` is there; runs name places in the result, and their
        // taps cells of the source; the block has room for its images and rows.
        unsafe {
            for first in Runs::new(&axes[0], direction, place..place + 1) {
                for middle in Runs::new(&axes[1], direction, rows.clone()) {
                    for last in Runs::new(&axes[2], direction, 0..columns) {
                        let rectangle = Rectangle {
                            sizes,
                            runs: [first, middle, last],
                            images: images.len(),
                            from_image: geometry.groups * from_image,
                            to_image: block_size,
                            weights,
                            after,
                            from,
                            first_row: rows.start,
                            to: block,
                        };
                        rectangle.fill::<V>();
                    }
                }
            }
            for (i, image) in images.enumerate() {
                let from = block[i * block_size..].as_ptr();
                let channel = (image * geometry.groups + group) * sizes.sides.to_channels;
                let to = to.add(channel * to_plane + (place * sizes.sides.to[1] + rows.start) * columns);
                transpose::<T, V>(rows.len() * columns, sizes.sides.to_channels, from, to_row, to, to_plane);
            }
        }
    }
}

/// Results with the same terms, up to the place of the cells.
struct Rectangle<'a, T> {
    sizes: Sizes,
    runs: [Run; MAX_SPATIAL],
    images: usize,
    from_image: usize,
    to_image: usize,
    weights: &'a [T],
    after: [bool; 2],
    from: *const T,
    first_row: usize,
    to: &'a mut [T],
}

/// One side of a rectangle: its length, and how far apart neighbours are.
#[derive(Clone, Copy)]
struct Side {
    count: usize,
    from: usize,
    to: usize,
}

impl<T: Element> Rectangle<'_, T> {
    #[inline(always)]
    unsafe fn fill<V: Vector<T>>(self) {
        let Self { sizes, runs, weights, after: [biased, relu], first_row, .. } = self;
        let taps = [runs[0].taps, runs[1].taps, runs[2].taps];
        let from_steps = [sizes.sides.from[1] * sizes.sides.from[2], sizes.sides.from[2], 1];
        let weight_steps = [sizes.kernel[1] * sizes.kernel[2], sizes.kernel[2], 1].map(|step| step * sizes.to_row);
        let to_steps = [0, sizes.sides.to[2] * sizes.to_row, sizes.to_row];
        let (mut from, mut weight) = (self.from, weights.as_ptr());
        for axis in 0..MAX_SPATIAL {
            from = from.wrapping_add(taps[axis].cell * from_steps[axis]);
            weight = weight.wrapping_add(taps[axis].kernel * weight_steps[axis]);
        }
        let bias = weights.as_ptr().wrapping_add(weights.len() - sizes.to_row);
        let to = self.to.as_mut_ptr();
        let to = to.wrapping_add((runs[1].first - first_row) * to_steps[1] + runs[2].first * to_steps[2]);

        let side = |axis: usize| {
            let Run { count, cells, step, .. } = runs[axis];
            Side { count, from: cells * from_steps[axis], to: step * to_steps[axis] }
        };
        let images = Side { count: self.images, from: self.from_image, to: self.to_image };
        // Tiles lie along the columns if they fill one, else along the longest side.
        let [mut long, mut short, mut last] = [side(2), side(1), images];
        if long.count < tile_rows(V::REGISTERS, 1) && short.count > long.count {
            (long, short) = (short, long);
        }
        if long.count < tile_rows(V::REGISTERS, 1) && last.count > long.count {
            (long, last) = (last, long);
        }

        let vectors = sizes.sides.to_channels.div_ceil(V::LANES);
        let strips = vectors.div_ceil(tile_vectors(V::REGISTERS));
        for strip in 0..strips {
            let strip = part_range(strip, strips, vectors);
            let (lane, width) = (strip.start * V::LANES, strip.len());
            let tiles = long.count.div_ceil(tile_rows(V::REGISTERS, width));
            for i in 0..last.count * short.count {
                let (i, j) = (i / short.count, i % short.count);
                for tile in 0..tiles {
                    let places = part_range(tile, tiles, long.count);
                    let numbers = Factors {
                        start: from.wrapping_add(i * last.from + j * short.from + places.start * long.from),
                        channel: sizes.sides.from.iter().product(),
                        steps: std::array::from_fn(|axis| taps[axis].cell_step * from_steps[axis] as isize),
                    };
                    let vectors = Factors {
                        start: weight.wrapping_add(lane),
                        channel: sizes.weight_channel,
                        steps: std::array::from_fn(|axis| (taps[axis].kernel_step * weight_steps[axis]) as isize),
                    };
                    let chains = Chains {
                        channels: sizes.sides.from_channels,
                        counts: [taps[0].count, taps[1].count, taps[2].count],
                        numbers,
                        numbers_row: long.from,
                        vectors,
                        begun: false,
                        bias: biased.then_some((bias.wrapping_add(lane), 0)),
                        relu,
                        to: to.wrapping_add(i * last.to + j * short.to + places.start * long.to + lane),
                        to_row: long.to,
                    };
                    // SAFETY: the caller's promise.
                    unsafe { chains.run::<V>(places.len(), width) }
                }
            }
        }
    }
}
