//! A depthwise convolution and the gradient of its input: every channel has weights of its own. Channels in the lanes of a
//! vector share places, so that the border costs nothing and rows of any length fill vectors; what they read and write is
//! transposed, channels last, plane by plane.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::Shared;
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::{After, Convolution, Direction, Run, Runs, Sides, UNIT, WORTHWHILE, columns};
use crate::window::MAX_SPATIAL;

/// The largest number of neighbouring results whose chains go on at once: enough to hide the latency of an addition.
const AT_ONCE: usize = 8;
/// The largest number of runs along an axis, and of blocks.
const RUNS: usize = 16;
const BLOCKS: usize = 128;
/// The most places of the source and the result of a channel: scratch is to hold them for all lanes.
const PLACES: usize = 32768;

/// Whether each channel is a group.
pub(super) fn is_depthwise(geometry: &Convolution) -> bool {
    geometry.groups > 1 && geometry.group_inputs() == 1 && geometry.group_outputs() == 1
}

/// Whether channels that are groups are better in the lanes than columns or images: where they fill them, or half of them
/// and columns do not.
pub(super) fn suit(geometry: &Convolution, direction: Direction) -> bool {
    let to = Sides::new(geometry, direction).to;
    let runs = |axis: usize| Runs::new(&geometry.axes[axis], direction, 0..to[axis]).take(RUNS + 1).count();
    is_depthwise(geometry)
        && (geometry.groups >= UNIT || 2 * geometry.groups >= UNIT && !columns::suit(geometry, direction))
        && geometry.input_plane() + geometry.output_plane() <= PLACES
        && runs(1).max(runs(2)) <= RUNS
        && runs(1) * runs(2) <= BLOCKS
}

/// The elements of some channels of the source of an image, of their results, their weights and their bias, channels last.
fn scratch_of_thread(geometry: &Convolution) -> [usize; 4] {
    // As much for both directions.
    let places = geometry.input_plane().max(geometry.output_plane());
    [places, places, geometry.kernel_size(), 1].map(|places| places * UNIT)
}

pub(super) fn scratch(geometry: &Convolution, threads: usize) -> usize {
    threads * scratch_of_thread(geometry).iter().sum::<usize>()
}

/// Every result is a chain over the kernel offsets, and what is to be done after.
#[allow(clippy::too_many_arguments)]
pub(super) fn correlate<T: Element>(
    processor: &Processor,
    geometry: &Convolution,
    direction: Direction,
    w: &[T],
    after: After<'_, T>,
    from: &[T],
    to: &mut [T],
    scratch: &mut [T],
) {
    assert!(scratch.len() >= self::scratch(geometry, processor.threads.count()), "scratch of a convolution");
    let items = geometry.groups.div_ceil(UNIT) * geometry.batch;
    let parts = processor.threads.split(to.len() * geometry.kernel_size(), WORTHWHILE).min(items);
    let to = Shared(to.as_mut_ptr());
    processor.threads.for_each_rows(parts, items, &mut [], scratch, |items, _, scratch| {
        let to = to.pointer();
        processor.instruction_set.run(Strips { geometry, direction, items, w, after, from, to, scratch });
    });
}

/// Some strips of channels of images: those of one strip in all images follow each other.
struct Strips<'a, T> {
    geometry: &'a Convolution,
    direction: Direction,
    items: Range<usize>,
    w: &'a [T],
    after: After<'a, T>,
    from: &'a [T],
    to: *mut T,
    scratch: &'a mut [T],
}

impl<T: Element> Body<T> for Strips<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { geometry, direction, items, w, after, from, to, scratch } = self;
        let (channels, weights) = (geometry.groups, geometry.kernel_size());
        let sides = Sides::new(geometry, direction);
        let [cells, results] = [sides.from, sides.to].map(|sizes| sizes.iter().product::<usize>());
        let [source_size, result_size, weights_size, _] = scratch_of_thread(geometry);
        let (source, rest) = scratch.split_at_mut(source_size);
        let (result, rest) = rest.split_at_mut(result_size);
        let (weights_last, bias) = rest.split_at_mut(weights_size);
        let (mut blocks, mut count_of_blocks) = ([Block::default(); BLOCKS], 0);
        let runs = |axis: usize| Runs::new(&geometry.axes[axis], direction, 0..sides.to[axis]);
        for row in runs(1) {
            for column in runs(2) {
                blocks[count_of_blocks] = Block::new(geometry, &sides, [&row, &column]);
                count_of_blocks += 1;
            }
        }
        let mut known = None;
        for item in items {
            let (strip, image) = (item / geometry.batch, item % geometry.batch);
            let first = strip * UNIT;
            let count = UNIT.min(channels - first);
            // SAFETY: the instruction set of `V` is there; there is room for all places, channels last; the results of
            // these channels are for this item alone.
            unsafe {
                if known != Some(strip) {
                    let w = w[first * weights..][..count * weights].as_ptr();
                    transpose::<T, V>(count, weights, w, weights, weights_last.as_mut_ptr(), UNIT);
                    if let Some(of_channels) = after.bias {
                        bias[..count].copy_from_slice(&of_channels[first..][..count]);
                    }
                    known = Some(strip);
                }
                let channel = image * channels + first;
                let from = from[channel * cells..][..count * cells].as_ptr();
                transpose::<T, V>(count, cells, from, cells, source.as_mut_ptr(), UNIT);
                for lane in (0..count).step_by(V::LANES) {
                    let [source, w, bias] = [&*source, weights_last, bias].map(|start| start.as_ptr().add(lane));
                    let bias = if after.bias.is_some() { bias } else { std::ptr::null() };
                    let to = result.as_mut_ptr().add(lane);
                    let lanes = Lanes { geometry, direction, sides: &sides, source, w, bias, relu: after.relu, to };
                    lanes.fill::<V>(&blocks[..count_of_blocks]);
                }
                transpose::<T, V>(results, count, result.as_ptr(), UNIT, to.add(channel * results), results);
            }
        }
    }
}

/// The results of a run along each of the last two axes: all have the same terms, up to the place of the cells.
#[derive(Clone, Copy, Default)]
struct Block {
    /// The first cell, weight and result.
    cell: usize,
    weight: usize,
    result: usize,
    /// The number of terms along the two axes, and the distances of their cells and weights.
    counts: [usize; 2],
    cell_steps: [isize; 2],
    weight_steps: [usize; 2],
    /// The number of lines of results, and of results in each: lines lie along the longer run.
    lines: usize,
    length: usize,
    /// The distances of the cells and the results of neighbouring lines, and in a line.
    between: [usize; 2],
    across: [usize; 2],
}

impl Block {
    fn new(geometry: &Convolution, sides: &Sides, [row, column]: [&Run; 2]) -> Self {
        let rows = |sizes: [usize; MAX_SPATIAL]| [sizes[2] * UNIT, UNIT];
        let (of_cells, of_results) = (rows(sides.from), rows(sides.to));
        let of_weights = rows(geometry.axes.map(|axis| axis.kernel));
        let taps = [&row.taps, &column.taps];
        let first = |places: [usize; 2], distances: [usize; 2]| places[0] * distances[0] + places[1] * distances[1];
        let distances = |axis: usize, run: &Run| [run.cells * of_cells[axis], run.step * of_results[axis]];
        let (along_rows, along_columns) = (distances(0, row), distances(1, column));
        let (lines, between, length, across) = if column.count >= row.count {
            (row.count, along_rows, column.count, along_columns)
        } else {
            (column.count, along_columns, row.count, along_rows)
        };
        Self {
            cell: first(taps.map(|taps| taps.cell), of_cells),
            weight: first(taps.map(|taps| taps.kernel), of_weights),
            result: first([row.first, column.first], of_results),
            counts: taps.map(|taps| taps.count),
            cell_steps: [0, 1].map(|axis| taps[axis].cell_step * of_cells[axis] as isize),
            weight_steps: [0, 1].map(|axis| taps[axis].kernel_step * of_weights[axis]),
            lines,
            length,
            between,
            across,
        }
    }
}

/// The channels of an image in the lanes of a vector: places are [`UNIT`] elements apart.
struct Lanes<'a, T> {
    geometry: &'a Convolution,
    direction: Direction,
    sides: &'a Sides,
    source: *const T,
    w: *const T,
    /// Null if there is none.
    bias: *const T,
    relu: bool,
    to: *mut T,
}

impl<T: Element> Lanes<'_, T> {
    /// All results, block by block.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are all places.
    #[inline(always)]
    unsafe fn fill<V: Vector<T>>(&self, blocks: &[Block]) {
        let Self { geometry, direction, sides, source, w, bias, relu, to } = *self;
        let plane = |sizes: [usize; MAX_SPATIAL]| sizes[1] * sizes[2] * UNIT;
        let (of_cells, of_results) = (plane(sides.from), plane(sides.to));
        let of_weights = plane(geometry.axes.map(|axis| axis.kernel));
        for run in Runs::new(&geometry.axes[0], direction, 0..sides.to[0]) {
            let taps = &run.taps;
            for place in 0..run.count {
                let plane = Plane {
                    source: source.wrapping_add((taps.cell + place * run.cells) * of_cells),
                    w: w.wrapping_add(taps.kernel * of_weights),
                    to: to.wrapping_add((run.first + place * run.step) * of_results),
                    count: taps.count,
                    cell_step: taps.cell_step * of_cells as isize,
                    weight_step: taps.kernel_step * of_weights,
                    bias,
                    relu,
                };
                for block in blocks {
                    // SAFETY: the caller's promise; blocks name places of the result, and their taps cells.
                    unsafe { V::apply(Results { plane: &plane, block }) }
                }
            }
        }
    }
}

/// The place of results along the first axis, and the distances of their terms along it.
struct Plane<T> {
    source: *const T,
    w: *const T,
    to: *mut T,
    count: usize,
    cell_step: isize,
    weight_step: usize,
    bias: *const T,
    relu: bool,
}

/// The results of a block in a plane.
struct Results<'a, T> {
    plane: &'a Plane<T>,
    block: &'a Block,
}

impl<T: Element> Body<T> for Results<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { plane, block } = self;
        for line in 0..block.lines {
            let mut cells = plane.source.wrapping_add(block.cell + line * block.between[0]);
            let mut results = plane.to.wrapping_add(block.result + line * block.between[1]);
            let mut left = block.length;
            while left > 0 {
                // No single result at the end, where two parts of several do.
                let count = if left > AT_ONCE && left < 2 * AT_ONCE { left.div_ceil(2) } else { left.min(AT_ONCE) };
                // SAFETY: the caller's promise.
                unsafe {
                    match count {
                        1 => self.chains::<V, 1>(cells, results),
                        2 => self.chains::<V, 2>(cells, results),
                        3 => self.chains::<V, 3>(cells, results),
                        4 => self.chains::<V, 4>(cells, results),
                        5 => self.chains::<V, 5>(cells, results),
                        6 => self.chains::<V, 6>(cells, results),
                        7 => self.chains::<V, 7>(cells, results),
                        _ => self.chains::<V, AT_ONCE>(cells, results),
                    }
                }
                left -= count;
                cells = cells.wrapping_add(count * block.across[0]);
                results = results.wrapping_add(count * block.across[1]);
            }
        }
    }
}

// Plain loops over places, as in `Tile`.
#[allow(clippy::needless_range_loop)]
impl<T: Element> Results<'_, T> {
    /// The chains of neighbouring results.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are the factors of all terms, the bias and the results.
    #[inline(always)]
    unsafe fn chains<V: Vector<T>, const COUNT: usize>(&self, cells: *const T, results: *mut T) {
        let &Plane { w, count, cell_step, weight_step, bias, relu, .. } = self.plane;
        let &Block { weight, counts, cell_steps, weight_steps, across, .. } = self.block;
        // SAFETY: the caller's promise. Pointers that step beyond the last term are not read.
        unsafe {
            let mut sums = [V::splat(T::number(0.0)); COUNT];
            let (mut plane, mut plane_weight) = (cells, w.wrapping_add(weight));
            for _ in 0..count {
                let (mut line, mut line_weight) = (plane, plane_weight);
                for _ in 0..counts[0] {
                    let (mut cell, mut weight) = (line, line_weight);
                    for _ in 0..counts[1] {
                        let factor = V::load(weight);
                        for i in 0..COUNT {
                            sums[i] = factor.mul_add(V::load(cell.wrapping_add(i * across[0])), sums[i]);
                        }
                        cell = cell.wrapping_offset(cell_steps[1]);
                        weight = weight.wrapping_add(weight_steps[1]);
                    }
                    line = line.wrapping_offset(cell_steps[0]);
                    line_weight = line_weight.wrapping_add(weight_steps[0]);
                }
                plane = plane.wrapping_offset(cell_step);
                plane_weight = plane_weight.wrapping_add(weight_step);
            }
            for i in 0..COUNT {
                let mut sum = sums[i];
                if !bias.is_null() {
                    sum = sum.add(V::load(bias));
                }
                if relu {
                    sum = sum.gated_by(sum);
                }
                sum.store(results.wrapping_add(i * across[1]));
            }
        }
    }
}
