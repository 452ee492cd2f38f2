//! The convolution and the gradient of its input: chains over source channels and kernel offsets.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::{Shared, part_range};
use super::super::tile::{Tile, fits, load_full_row, tile_rows};
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::{Convolution, Direction, Run, Runs, UNIT};
use crate::window::{Axis, MAX_SPATIAL};

/// About the number of results that stay in scratch, channels last, until they are transposed.
const BLOCK: usize = 16 * 1024;

/// Sizes of one direction, for one group.
#[derive(Clone, Copy)]
struct Sizes {
    /// Channels of the source and the result in a group, and those of the result in whole vectors
    /// of any instruction set.
    from_channels: usize,
    to_channels: usize,
    to_row: usize,
    from: [usize; MAX_SPATIAL],
    to: [usize; MAX_SPATIAL],
    kernel: [usize; MAX_SPATIAL],
    /// The distance of the weights of neighbouring source channels.
    weight_channel: usize,
    /// Rows (along the middle axis) of a block of the result.
    rows: usize,
}

impl Sizes {
    fn new(geometry: &Convolution, direction: Direction, threads: usize) -> Self {
        let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
        let (input, output) = (geometry.axes.map(|axis| axis.input), geometry.axes.map(|axis| axis.output));
        let ((from_channels, from), (to_channels, to)) = match direction {
            Direction::Forward => ((inputs, input), (outputs, output)),
            Direction::Backward => ((outputs, output), (inputs, input)),
        };
        let to_row = to_channels.next_multiple_of(UNIT);
        // Enough blocks for all threads, even if there are few images.
        let wanted = (2 * threads).div_ceil((geometry.batch * geometry.groups * to[0]).max(1));
        let rows = (BLOCK / (to[2] * to_row).max(1)).min(to[1].div_ceil(wanted)).max(1);
        let kernel = geometry.axes.map(|axis| axis.kernel);
        let weight_channel = geometry.kernel_size() * to_row;
        Self { from_channels, to_channels, to_row, from, to, kernel, weight_channel, rows }
    }

    /// The elements of the arranged weights, then those of the bias.
    fn weights(&self, groups: usize) -> usize {
        groups * (self.from_channels * self.weight_channel + self.to_row)
    }

    fn block(&self) -> usize {
        self.rows * self.to[2] * self.to_row
    }
}

pub(super) fn scratch(geometry: &Convolution, direction: Direction, threads: usize) -> usize {
    let sizes = Sizes::new(geometry, direction, threads);
    sizes.weights(geometry.groups) + threads * sizes.block()
}

/// Every result is a chain over the channels of `from` and the kernel offsets, then `bias`.
#[allow(clippy::too_many_arguments)]
pub(super) fn correlate<T: Element>(
    processor: &Processor,
    geometry: &Convolution,
    direction: Direction,
    w: &[T],
    bias: Option<&[T]>,
    from: &[T],
    to: &mut [T],
    scratch: &mut [T],
) {
    if to.is_empty() {
        return;
    }
    let threads = processor.threads.count();
    let sizes = Sizes::new(geometry, direction, threads);
    let set = processor.instruction_set.for_lanes::<T>(sizes.to_channels);
    assert!(scratch.len() >= self::scratch(geometry, direction, threads), "scratch of a convolution");
    let (weights, blocks) = scratch.split_at_mut(sizes.weights(geometry.groups));
    set.run(Weights { direction, sizes, w, bias, out: weights });
    let weights = &*weights;

    let row_blocks = sizes.to[1].div_ceil(sizes.rows);
    let items = geometry.batch * geometry.groups * sizes.to[0] * row_blocks;
    let work = to.len() * sizes.from_channels * geometry.kernel_size();
    let parts = processor.threads.split(work, 500_000).min(items);
    let (to, biased) = (Shared(to.as_mut_ptr()), bias.is_some());
    processor.threads.for_each_rows(parts, items, &mut [], blocks, |items, _, block| {
        for item in items {
            let (rest, row_block) = (item / row_blocks, item % row_blocks);
            let (image, place) = (rest / sizes.to[0], rest % sizes.to[0]);
            let group = image % geometry.groups;
            let weights = &weights[group * sizes.weights(1)..][..sizes.weights(1)];
            let from_size: usize = sizes.from.iter().product::<usize>() * sizes.from_channels;
            let to_size: usize = sizes.to.iter().product::<usize>() * sizes.to_channels;
            let rows = row_block * sizes.rows..sizes.to[1].min((row_block + 1) * sizes.rows);
            let from = &from[image * from_size..][..from_size];
            let to = to.pointer().wrapping_add(image * to_size);
            let axes = &geometry.axes;
            set.run(Block { direction, axes, sizes, place, rows, weights, biased, from, to, block });
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
        let Sizes { from_channels, to_channels, to_row, .. } = self.sizes;
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

/// Some rows of the results of one image, one group and one place on the first axis.
struct Block<'a, T> {
    direction: Direction,
    axes: &'a [Axis; MAX_SPATIAL],
    sizes: Sizes,
    place: usize,
    rows: Range<usize>,
    weights: &'a [T],
    biased: bool,
    from: &'a [T],
    to: *mut T,
    /// The results, channels last.
    block: &'a mut [T],
}

impl<T: Element> Body<T> for Block<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { direction, axes, sizes, place, rows, weights, biased, from, to, block } = self;
        let (columns, to_row) = (sizes.to[2], sizes.to_row);
        // SAFETY: the instruction set of `V` is there; runs name places in the result, and their
        // taps cells of the source; the block has room for its rows.
        unsafe {
            for first in Runs::new(&axes[0], direction, place..place + 1) {
                for middle in Runs::new(&axes[1], direction, rows.clone()) {
                    for last in Runs::new(&axes[2], direction, 0..columns) {
                        let rectangle = Rectangle {
                            sizes,
                            runs: [first, middle, last],
                            weights,
                            biased,
                            from,
                            first_row: rows.start,
                            to: block,
                        };
                        rectangle.fill::<V>();
                    }
                }
            }
            let plane: usize = sizes.to.iter().product();
            let to = to.add((place * sizes.to[1] + rows.start) * columns);
            transpose::<T, V>(rows.len() * columns, sizes.to_channels, block.as_ptr(), to_row, to, plane);
        }
    }
}

/// Results with the same terms, up to the place of the cells.
struct Rectangle<'a, T> {
    sizes: Sizes,
    runs: [Run; MAX_SPATIAL],
    weights: &'a [T],
    biased: bool,
    from: &'a [T],
    first_row: usize,
    to: &'a mut [T],
}

impl<T: Element> Rectangle<'_, T> {
    #[inline(always)]
    unsafe fn fill<V: Vector<T>>(self) {
        let Self { sizes, runs, weights, biased, from, first_row, to } = self;
        let taps = runs.map(|run| run.taps);
        let from_steps = [sizes.from[1] * sizes.from[2], sizes.from[2], 1];
        let weight_steps = [sizes.kernel[1] * sizes.kernel[2], sizes.kernel[2], 1].map(|step| step * sizes.to_row);
        let to_steps = [sizes.to[2] * sizes.to_row, sizes.to_row];
        let dot = |places: [usize; MAX_SPATIAL], steps: [usize; MAX_SPATIAL]| -> usize {
            std::iter::zip(places, steps).map(|(place, step)| place * step).sum()
        };
        let from = from.as_ptr().wrapping_add(dot(taps.map(|taps| taps.cell), from_steps));
        let weight = weights.as_ptr().wrapping_add(dot(taps.map(|taps| taps.kernel), weight_steps));
        let bias = weights.as_ptr().wrapping_add(weights.len() - sizes.to_row);
        let first = (runs[1].first - first_row) * to_steps[0] + runs[2].first * to_steps[1];
        let to = to.as_mut_ptr().wrapping_add(first);
        // Tiles lie along the longer side.
        let (long, short) = if runs[1].count > runs[2].count { (1, 2) } else { (2, 1) };
        let step = |axis: usize| (runs[axis].cells * from_steps[axis], runs[axis].step * to_steps[axis - 1]);
        let ((from_long, to_long), (from_short, to_short)) = (step(long), step(short));

        let vectors = sizes.to_channels.div_ceil(V::LANES);
        let widest = if V::REGISTERS == 32 { 3 } else { 2 };
        for vector in (0..vectors).step_by(widest) {
            let width = widest.min(vectors - vector);
            let tiles = runs[long].count.div_ceil(tile_rows(V::REGISTERS, width));
            for i in 0..runs[short].count {
                for tile in 0..tiles {
                    let places = part_range(tile, tiles, runs[long].count);
                    let j = places.start;
                    let chains = Chains {
                        channels: sizes.from_channels,
                        counts: taps.map(|taps| taps.count),
                        from: from.wrapping_add(i * from_short + j * from_long),
                        from_place: from_long,
                        from_channel: sizes.from.iter().product(),
                        from_steps: std::array::from_fn(|axis| taps[axis].cell_step * from_steps[axis] as isize),
                        weight: weight.wrapping_add(vector * V::LANES),
                        weight_channel: sizes.weight_channel,
                        weight_steps: std::array::from_fn(|axis| taps[axis].kernel_step * weight_steps[axis]),
                        bias: biased.then_some(bias.wrapping_add(vector * V::LANES)),
                        to: to.wrapping_add(i * to_short + j * to_long + vector * V::LANES),
                        to_place: to_long,
                    };
                    // SAFETY: the caller's promise.
                    unsafe { chains.run::<V>(places.len(), width) }
                }
            }
        }
    }
}

/// The chains of one tile: places as rows, channels of the result as columns.
#[derive(Clone, Copy)]
struct Chains<T> {
    channels: usize,
    counts: [usize; MAX_SPATIAL],
    from: *const T,
    from_place: usize,
    from_channel: usize,
    from_steps: [isize; MAX_SPATIAL],
    weight: *const T,
    weight_channel: usize,
    weight_steps: [usize; MAX_SPATIAL],
    bias: Option<*const T>,
    to: *mut T,
    to_place: usize,
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

impl<T: Element> Chains<T> {
    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self, rows: usize, vectors: usize) {
        // SAFETY: the caller's promise.
        unsafe { sizes!(self rows vectors: 1 2 3 4 5 6 7 8) }
    }
}

/// Chains of a tile whose size is known to the compiler.
struct Unrolled<T, const ROWS: usize, const VECTORS: usize>(Chains<T>);

impl<T: Element, const ROWS: usize, const VECTORS: usize> Body<T> for Unrolled<T, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        if !fits(V::REGISTERS, ROWS, VECTORS) {
            unreachable!("tiles fit the registers");
        }
        let chains = self.0;
        let [from_0, from_1, from_2] = chains.from_steps;
        let [weight_0, weight_1, weight_2] = chains.weight_steps;
        let (mut channel, mut channel_weight) = (chains.from, chains.weight);
        // SAFETY: the caller's promise for the cells and weights of all terms. Pointers that step
        // beyond the last term are not read.
        unsafe {
            let mut tile = Tile::<V, ROWS, VECTORS>::zero();
            for _ in 0..chains.channels {
                let (mut plane, mut plane_weight) = (channel, channel_weight);
                for _ in 0..chains.counts[0] {
                    let (mut row, mut row_weight) = (plane, plane_weight);
                    for _ in 0..chains.counts[1] {
                        let (mut cell, mut weight) = (row, row_weight);
                        for _ in 0..chains.counts[2] {
                            tile.add_products(|i| *cell.wrapping_add(i * chains.from_place), load_full_row(weight));
                            (cell, weight) = (cell.wrapping_offset(from_2), weight.wrapping_add(weight_2));
                        }
                        (row, row_weight) = (row.wrapping_offset(from_1), row_weight.wrapping_add(weight_1));
                    }
                    (plane, plane_weight) = (plane.wrapping_offset(from_0), plane_weight.wrapping_add(weight_0));
                }
                channel = channel.wrapping_add(chains.from_channel);
                channel_weight = channel_weight.wrapping_add(chains.weight_channel);
            }
            if let Some(bias) = chains.bias {
                tile.add_row(load_full_row(bias));
            }
            tile.store(chains.to, chains.to_place, None);
        }
    }
}
