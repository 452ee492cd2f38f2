//! A depthwise convolution and the gradient of its input: every channel has weights of its own. Channels in the lanes of a
//! vector share places, so that the border costs nothing and rows of any length fill vectors; what they read and write is
//! transposed, channels last, plane by plane.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::Shared;
use super::super::transpose::transpose;
use super::super::vector::{Body, Element, Vector};
use super::{After, Convolution, Direction, Run, Runs, Sides, UNIT};
use crate::window::MAX_SPATIAL;

/// The largest number of neighbouring results whose chains go on at once: enough to hide the latency of an addition.
const AT_ONCE: usize = 8;
/// The largest number of runs along an axis.
const KNOWN: usize = 16;
/// The most places of the source and the result of a channel: with channels in the lanes they stay in the second cache.
const PLACES: usize = 8192;

/// Whether each channel is a group.
pub(super) fn is_depthwise(geometry: &Convolution) -> bool {
    geometry.groups > 1 && geometry.group_inputs() == 1 && geometry.group_outputs() == 1
}

/// Whether channels in the lanes are better than columns or images: where they fill at least half of them.
pub(super) fn suit(geometry: &Convolution, direction: Direction) -> bool {
    let to = Sides::new(geometry, direction).to;
    let is_known = |axis: usize| Runs::new(&geometry.axes[axis], direction, 0..to[axis]).nth(KNOWN).is_none();
    is_depthwise(geometry)
        && 2 * geometry.groups >= UNIT
        && geometry.input_plane() + geometry.output_plane() <= PLACES
        && is_known(1)
        && is_known(2)
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
    let parts = processor.threads.split(to.len() * geometry.kernel_size(), 500_000).min(items);
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
        let runs = [1, 2].map(|axis| {
            let mut all = Runs::new(&geometry.axes[axis], direction, 0..sides.to[axis]);
            [(); KNOWN].map(|()| all.next())
        });
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
                    lanes.fill::<V>(&runs);
                }
                transpose::<T, V>(results, count, result.as_ptr(), UNIT, to.add(channel * results), results);
            }
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
    /// All results, of which the runs along the last two axes are known.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are all places.
    #[inline(always)]
    unsafe fn fill<V: Vector<T>>(&self, runs: &[[Option<Run>; KNOWN]; 2]) {
        let Self { geometry, direction, sides, .. } = *self;
        let [rows, columns] = runs;
        for plane in Runs::new(&geometry.axes[0], direction, 0..sides.to[0]) {
            for place in 0..plane.count {
                for &row in rows.iter().map_while(Option::as_ref) {
                    for &column in columns.iter().map_while(Option::as_ref) {
                        // SAFETY: the caller's promise; runs name places of the result, and their taps cells.
                        unsafe { V::apply(Block { lanes: self, place, runs: [plane, row, column] }) }
                    }
                }
            }
        }
    }
}

/// The results of a place in a run along the first axis and of runs along the others: all have the same terms, up to the
/// place of the cells.
struct Block<'a, T> {
    lanes: &'a Lanes<'a, T>,
    place: usize,
    runs: [Run; MAX_SPATIAL],
}

impl<T: Element> Body<T> for Block<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self {
            lanes: &Lanes { geometry, sides: Sides { from, to, .. }, source, w, bias, relu, to: result, .. },
            ..
        } = self;
        let [plane, row, column] = self.runs;
        let kernel = geometry.axes.map(|axis| axis.kernel);
        let strides = |sizes: &[usize; MAX_SPATIAL]| [sizes[1] * sizes[2], sizes[2], 1].map(|places| places * UNIT);
        let (of_cells, of_weights, of_results) = (strides(from), strides(&kernel), strides(to));
        let (mut cell, mut weight) = (self.place * plane.cells * of_cells[0], 0);
        let mut chains = Chains {
            counts: [0; MAX_SPATIAL],
            cell_steps: [0; MAX_SPATIAL],
            weight_steps: [0; MAX_SPATIAL],
            cells_across: 0,
            results_across: 0,
            bias,
            relu,
        };
        for (axis, run) in self.runs.iter().enumerate() {
            let taps = run.taps;
            cell += taps.cell * of_cells[axis];
            weight += taps.kernel * of_weights[axis];
            chains.counts[axis] = taps.count;
            chains.cell_steps[axis] = taps.cell_step * of_cells[axis] as isize;
            chains.weight_steps[axis] = taps.kernel_step * of_weights[axis];
        }
        let (source, w) = (source.wrapping_add(cell), w.wrapping_add(weight));
        let first = (plane.first + self.place * plane.step) * of_results[0] + row.first * of_results[1];
        let result = result.wrapping_add(first + column.first * of_results[2]);
        // Results are computed at once along the longer run.
        let distances = |axis: usize, run: Run| [run.cells * of_cells[axis], run.step * of_results[axis]];
        let (rows, columns) = ((row.count, distances(1, row)), (column.count, distances(2, column)));
        let ((lines, line), (length, across)) =
            if column.count >= row.count { (rows, columns) } else { (columns, rows) };
        [chains.cells_across, chains.results_across] = across;
        for number in 0..lines {
            let (mut cells, mut results) =
                (source.wrapping_add(number * line[0]), result.wrapping_add(number * line[1]));
            let mut left = length;
            while left > 0 {
                // No single result at the end, where two parts of several do.
                let count = if left > AT_ONCE && left < 2 * AT_ONCE { left.div_ceil(2) } else { left.min(AT_ONCE) };
                // SAFETY: the caller's promise.
                unsafe {
                    match count {
                        1 => chains.run::<V, 1>(cells, w, results),
                        2 => chains.run::<V, 2>(cells, w, results),
                        3 => chains.run::<V, 3>(cells, w, results),
                        4 => chains.run::<V, 4>(cells, w, results),
                        5 => chains.run::<V, 5>(cells, w, results),
                        6 => chains.run::<V, 6>(cells, w, results),
                        7 => chains.run::<V, 7>(cells, w, results),
                        _ => chains.run::<V, AT_ONCE>(cells, w, results),
                    }
                }
                left -= count;
                cells = cells.wrapping_add(count * across[0]);
                results = results.wrapping_add(count * across[1]);
            }
        }
    }
}

/// The chains of neighbouring results.
struct Chains<T> {
    /// The number of terms along each axis, and the distances of their cells and weights.
    counts: [usize; MAX_SPATIAL],
    cell_steps: [isize; MAX_SPATIAL],
    weight_steps: [usize; MAX_SPATIAL],
    /// The distances of neighbours.
    cells_across: usize,
    results_across: usize,
    bias: *const T,
    relu: bool,
}

// Plain loops over places, as in `Tile`.
#[allow(clippy::needless_range_loop)]
impl<T: Element> Chains<T> {
    /// # Safety
    /// The machine has the instruction set of `V`; there are the factors of all terms, the bias and the results.
    #[inline(always)]
    unsafe fn run<V: Vector<T>, const COUNT: usize>(&self, cells: *const T, w: *const T, results: *mut T) {
        let Self { counts, cell_steps, weight_steps, cells_across, results_across, bias, relu } = *self;
        // SAFETY: the caller's promise. Pointers that step beyond the last term are not read.
        unsafe {
            let mut sums = [V::splat(T::number(0.0)); COUNT];
            let (mut plane, mut plane_weight) = (cells, w);
            for _ in 0..counts[0] {
                let (mut line, mut line_weight) = (plane, plane_weight);
                for _ in 0..counts[1] {
                    let (mut cell, mut weight) = (line, line_weight);
                    for _ in 0..counts[2] {
                        let factor = V::load(weight);
                        for i in 0..COUNT {
                            sums[i] = factor.mul_add(V::load(cell.wrapping_add(i * cells_across)), sums[i]);
                        }
                        cell = cell.wrapping_offset(cell_steps[2]);
                        weight = weight.wrapping_add(weight_steps[2]);
                    }
                    line = line.wrapping_offset(cell_steps[1]);
                    line_weight = line_weight.wrapping_add(weight_steps[1]);
                }
                plane = plane.wrapping_offset(cell_steps[0]);
                plane_weight = plane_weight.wrapping_add(weight_steps[0]);
            }
            for i in 0..COUNT {
                let mut sum = sums[i];
                if !bias.is_null() {
                    sum = sum.add(V::load(bias));
                }
                if relu {
                    sum = sum.gated_by(sum);
                }
                sum.store(results.wrapping_add(i * results_across));
            }
        }
    }
}
