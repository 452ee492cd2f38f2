//! The convolution and the gradient of its input with neighbouring columns in the lanes of a vector: nothing is
//! transposed. For results whose rows fill vectors, of windows that are one column apart.
//!
//! Cells that are padding are left out lane by lane. What is read in their place is what lies beside a row; of the first
//! and the last image, which may have nothing there, rows are copied to rows with room around them.

use std::ops::Range;

use super::super::Processor;
use super::super::threads::{Shared, part_range};
use super::super::tile::run_for_size;
use super::super::vector::{Body, Element, Vector};
use super::chains::Factors;
use super::{After, Convolution, Direction, Run, Runs, Sides, UNIT, WORTHWHILE};
use crate::window::MAX_SPATIAL;

/// The largest number of vectors of a tile.
const VECTORS: usize = 2;
/// The largest number of rows of a tile: with two vectors a row they leave registers for masks, which in some instruction
/// sets are vectors.
const fn tile_rows(registers: usize) -> usize {
    if registers < 32 { 4 } else { 8 }
}

/// Whether such a tile is used: all of it stays in registers.
const fn fits(registers: usize, rows: usize, vectors: usize) -> bool {
    vectors <= VECTORS && rows <= tile_rows(registers)
}

/// The largest number of terms of a result that are few.
const FEW_TERMS: usize = 32;
/// The largest number of runs of rows of a block.
const KNOWN: usize = 16;

/// Sizes of one direction, for one group.
#[derive(Clone, Copy)]
struct Sizes {
    sides: Sides,
    /// The number of weights of a group.
    weights: usize,
    /// How far the cell of the first kernel offset along the last axis is before the place of the result, and the
    /// distance of the cells of neighbouring offsets.
    before: isize,
    cell_step: isize,
    /// Around a row of the source the places before it and after it that the vectors of a row of the result have; none if
    /// all places are cells.
    room: Option<[usize; 2]>,
}

impl Sizes {
    fn new(geometry: &Convolution, direction: Direction) -> Self {
        let sides = Sides::new(geometry, direction);
        let Sides { from, to, .. } = sides;
        let last = geometry.axes[MAX_SPATIAL - 1];
        let sign = if direction == Direction::Forward { 1 } else { -1 };
        let (before, cell_step) = (sign * last.padding as isize, sign * last.dilation as isize);
        // The cells of the first and the last offset, from the place of the result.
        let ends = [-before, -before + (last.kernel - 1) as isize * cell_step];
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let inside = low >= 0 && to[2] as isize + high <= from[2] as isize;
        let after = to[2].next_multiple_of(UNIT) as isize + high - from[2] as isize;
        let room = (!inside).then_some([low.min(0).unsigned_abs(), after.max(0) as usize]);
        let weights = geometry.weight_size() / geometry.groups;
        Self { sides, weights, before, cell_step, room }
    }

    /// The elements of the source of an image.
    fn image(&self) -> usize {
        self.sides.from_channels * self.sides.from.iter().product::<usize>()
    }

    /// The distance of rows with room around them.
    fn roomy_row(&self) -> usize {
        self.room.map_or(0, |[before, after]| before + self.sides.from[2] + after)
    }

    /// The elements of a row that says which places are cells, and of the source of an image with room around its rows.
    fn scratch(&self) -> usize {
        (1 + self.sides.from_channels * self.sides.from[0] * self.sides.from[1]) * self.roomy_row()
    }
}

/// Whether columns in the lanes are better than channels or images: where rows fill vectors, and there are so few terms
/// that transposes would take longer, or else few channels and images.
pub(super) fn suit(geometry: &Convolution, direction: Direction) -> bool {
    let Sides { from_channels, to_channels, to, .. } = Sides::new(geometry, direction);
    let fills = 4 * to[2] >= 3 * to[2].next_multiple_of(UNIT);
    let few_terms = from_channels * geometry.kernel_size() <= FEW_TERMS;
    geometry.axes[MAX_SPATIAL - 1].stride == 1 && fills && (few_terms || to_channels <= UNIT && geometry.batch < UNIT)
}

pub(super) fn scratch(geometry: &Convolution, direction: Direction, threads: usize) -> usize {
    threads * Sizes::new(geometry, direction).scratch()
}

/// Every result is a chain over the channels of `from` and the kernel offsets, and what is to be done after.
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
    if to.is_empty() {
        return;
    }
    let sizes = Sizes::new(geometry, direction);
    assert!(scratch.len() >= self::scratch(geometry, direction, processor.threads.count()), "scratch of a convolution");
    let work = to.len() * sizes.sides.from_channels * geometry.kernel_size();
    let parts = processor.threads.split(work, WORTHWHILE);
    let images = geometry.batch * geometry.groups;
    let mut row_blocks = if images.is_multiple_of(parts) { 1 } else { parts.min(sizes.sides.to[1]) };
    if Runs::new(&geometry.axes[1], direction, 0..sizes.sides.to[1]).count() > KNOWN {
        row_blocks = row_blocks.max(sizes.sides.to[1].div_ceil(KNOWN));
    }
    let items = images * row_blocks;
    let parts = parts.min(items);
    let to = Shared(to.as_mut_ptr());
    processor.threads.for_each_rows(parts, items, &mut [], scratch, |items, _, scratch| {
        let (valid, roomy) = scratch.split_at_mut(sizes.roomy_row());
        if let Some([before, _]) = sizes.room {
            valid.fill(T::number(0.0));
            valid[before..before + sizes.sides.from[2]].fill(T::number(1.0));
            roomy.fill(T::number(0.0));
        }
        let to = to.pointer();
        let blocks = Blocks { geometry, direction, sizes, items, row_blocks, w, after, from, to, valid, roomy };
        processor.instruction_set.run(blocks);
    });
}

/// Some blocks of rows of the results of a group of an image.
struct Blocks<'a, T> {
    geometry: &'a Convolution,
    direction: Direction,
    sizes: Sizes,
    items: Range<usize>,
    row_blocks: usize,
    w: &'a [T],
    after: After<'a, T>,
    from: &'a [T],
    to: *mut T,
    /// For each place of a row with room around it 1 if it is a cell, else 0; empty if all are.
    valid: &'a [T],
    /// Rows with room around them.
    roomy: &'a mut [T],
}

/// What belongs to a group of an image: its weights and bias, where its results are, and the rows of its source.
#[derive(Clone, Copy)]
struct Image<T> {
    w: *const T,
    bias: *const T,
    to: *mut T,
    source: *const T,
    row: usize,
}

impl<T: Element> Body<T> for Blocks<'_, T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(mut self) {
        let Self { geometry, direction, row_blocks, .. } = self;
        let (mut known, mut runs) = (0..0, [None; KNOWN]);
        // The usual case: one place along the first axis, with the same terms in all images.
        let first_axis = |place: usize| Runs::new(&geometry.axes[0], direction, place..place + 1).next();
        let at_origin = first_axis(0);
        for item in self.items.clone() {
            let image = self.image(item / row_blocks);
            let rows = part_range(item % row_blocks, row_blocks, self.sizes.sides.to[1]);
            // The same for all images, unless they have several blocks.
            if known != rows {
                let mut all = Runs::new(&geometry.axes[1], direction, rows.clone());
                runs.iter_mut().for_each(|run| *run = all.next());
                known = rows;
            }
            for place in 0..self.sizes.sides.to[0] {
                let Some(first) = (if place == 0 { at_origin } else { first_axis(place) }) else { continue };
                for &middle in runs.iter().map_while(Option::as_ref) {
                    // SAFETY: the instruction set of `V` is there; runs name places in the result, and their taps
                    // cells of the source.
                    unsafe { self.fill::<V>(first, middle, image) }
                }
            }
        }
    }
}

impl<T: Element> Blocks<'_, T> {
    /// A group of an image, by its number among those of all images. Rows of the source are used where they are, unless
    /// there is nothing beside the first or the last one.
    #[inline(always)]
    fn image(&mut self, number: usize) -> Image<T> {
        let Self { geometry, sizes, from, w, after, .. } = *self;
        let group = number % geometry.groups;
        let w = w[group * sizes.weights..][..sizes.weights].as_ptr();
        let bias = after.bias.map_or(std::ptr::null(), |bias| bias[group * sizes.sides.to_channels..].as_ptr());
        let to = self.to.wrapping_add(number * sizes.sides.to_channels * sizes.sides.to.iter().product::<usize>());
        let (place, row) = (number * sizes.image()..(number + 1) * sizes.image(), sizes.sides.from[2]);
        match sizes.room {
            Some([before, after]) if place.start < before || from.len() < place.end + after => {
                let roomy = self.roomy.chunks_exact_mut(sizes.roomy_row());
                for (to, from) in roomy.zip(from[place].chunks_exact(row.max(1))) {
                    to[before..before + row].copy_from_slice(from);
                }
                Image { w, bias, to, source: self.roomy.as_ptr().wrapping_add(before), row: sizes.roomy_row() }
            }
            _ => Image { w, bias, to, source: from[place].as_ptr(), row },
        }
    }

    /// The results of some rows with the same terms, up to the place of the cells.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are these rows and their terms.
    #[inline(always)]
    unsafe fn fill<V: Vector<T>>(&self, first: Run, middle: Run, image: Image<T>) {
        let Self { geometry, sizes, after: After { relu, .. }, valid, .. } = *self;
        let Image { w, bias, to, source, row } = image;
        let [_, kernel_rows, kernel] = geometry.axes.map(|axis| axis.kernel);
        let (from_steps, kernel_steps) = ([sizes.sides.from[1] * row, row], [kernel_rows * kernel, kernel]);
        let [to_plane, to_row] = [sizes.sides.to.iter().product(), sizes.sides.to[2]];
        let taps = [first.taps, middle.taps];
        let (mut cell, mut weight) = (-sizes.before, 0);
        for axis in 0..2 {
            cell += (taps[axis].cell * from_steps[axis]) as isize;
            weight += taps[axis].kernel * kernel_steps[axis];
        }
        let step = |axis: usize| (taps[axis].kernel_step * kernel_steps[axis]) as isize;
        let cell_step = |axis: usize| taps[axis].cell_step * from_steps[axis] as isize;
        let to = to.wrapping_add(first.first * sizes.sides.to[1] * to_row + middle.first * to_row);
        let (row_from, row_to) = (middle.cells * from_steps[1], middle.step * to_row);
        // The rows of a tile are channels, which share cells, or, where those are fewer, rows, which share weights.
        let height = tile_rows(V::REGISTERS);
        let are_channels = sizes.sides.to_channels >= middle.count.min(height);
        let vectors = to_row.div_ceil(V::LANES);
        // Vectors lie side by side in a row. Of channels they lie in two rows, if one has only one.
        let is_narrow = are_channels && vectors == 1;
        let mut chains = Chains {
            channels: sizes.sides.from_channels,
            counts: [taps[0].count, taps[1].count, kernel],
            numbers: Factors { start: w, channel: sizes.sides.weight_from, steps: [step(0), step(1), 1] },
            vectors: Factors {
                start: source,
                channel: sizes.sides.from[0] * from_steps[0],
                steps: [cell_step(0), cell_step(1), sizes.cell_step],
            },
            valid: std::ptr::null(),
            row: if are_channels { sizes.sides.weight_to } else { row_from },
            across: [V::LANES; 3],
            bias: std::ptr::null(),
            relu,
            to,
            to_row: if are_channels { to_plane } else { row_to },
            lanes: [V::LANES; 2],
        };
        // A tile from a channel, a row and a column on, of so many rows and vectors.
        let mut run = |[channel, row, column]: [usize; 3], rows: usize, vectors: usize| {
            chains.numbers.start = w.wrapping_add(weight + channel * sizes.sides.weight_to);
            chains.vectors.start = source.wrapping_offset(cell).wrapping_add(row * row_from + column);
            if let Some([before, _]) = sizes.room {
                chains.valid = valid.as_ptr().wrapping_add(before + column).wrapping_offset(-sizes.before);
            }
            if !bias.is_null() {
                chains.bias = bias.wrapping_add(channel);
            }
            chains.to = to.wrapping_add(channel * to_plane + row * row_to + column);
            if is_narrow {
                (chains.across, chains.lanes) = ([row_from, 0, row_to], [to_row; 2]);
            } else {
                chains.lanes[1] = (to_row - column).min(vectors * V::LANES) - (vectors - 1) * V::LANES;
            }
            // SAFETY: the caller's promise.
            unsafe { chains.run::<V>(are_channels, rows, vectors) }
        };
        let strips = if is_narrow { 1 } else { vectors.div_ceil(VECTORS) };
        let strip = |number: usize| part_range(number, strips, vectors);
        if are_channels {
            let tiles = sizes.sides.to_channels.div_ceil(height);
            let at_once = if is_narrow { VECTORS } else { 1 };
            for row in (0..middle.count).step_by(at_once) {
                for strip in (0..strips).map(strip) {
                    for channels in (0..tiles).map(|tile| part_range(tile, tiles, sizes.sides.to_channels)) {
                        let vectors = if is_narrow { VECTORS.min(middle.count - row) } else { strip.len() };
                        run([channels.start, row, strip.start * V::LANES], channels.len(), vectors);
                    }
                }
            }
            return;
        }
        let tiles = middle.count.div_ceil(height);
        for channel in 0..sizes.sides.to_channels {
            for strip in (0..strips).map(strip) {
                for rows in (0..tiles).map(|tile| part_range(tile, tiles, middle.count)) {
                    run([channel, rows.start, strip.start * V::LANES], rows.len(), strip.len());
                }
            }
        }
    }
}

/// The chains of a tile.
#[derive(Clone, Copy)]
struct Chains<T> {
    channels: usize,
    /// The number of terms along each axis.
    counts: [usize; MAX_SPATIAL],
    numbers: Factors<T>,
    vectors: Factors<T>,
    /// For the first lane of the first offset along the last axis 1 if its place is a cell, else 0; null if all are.
    valid: *const T,
    /// The distance of the numbers of neighbouring rows if they are channels, else of their vectors.
    row: usize,
    /// The distances of neighbouring vectors: of their cells, of `valid`, and of their results.
    across: [usize; 3],
    /// What is added in the end, one for each channel, if not null.
    bias: *const T,
    /// Whether what is neither positive nor NaN becomes `+0` then.
    relu: bool,
    to: *mut T,
    to_row: usize,
    /// The number of columns in the last vector, after that in the others.
    lanes: [usize; 2],
}

/// A tile whose rows are channels.
struct OfChannels<'a, T, const ROWS: usize, const VECTORS: usize>(&'a Chains<T>);
/// A tile whose rows are rows.
struct OfRows<'a, T, const ROWS: usize, const VECTORS: usize>(&'a Chains<T>);

impl<T: Element, const ROWS: usize, const VECTORS: usize> Body<T> for OfChannels<'_, T, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the caller's promise.
        unsafe { self.0.tile::<V, ROWS, VECTORS, true>() }
    }
}

impl<T: Element, const ROWS: usize, const VECTORS: usize> Body<T> for OfRows<'_, T, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the caller's promise.
        unsafe { self.0.tile::<V, ROWS, VECTORS, false>() }
    }
}

// Plain loops over places, as in `Tile`.
#[allow(clippy::needless_range_loop)]
impl<T: Element> Chains<T> {
    /// Computes a tile of `rows` rows of `vectors` vectors.
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; there are the factors of all terms, the bias and the results.
    #[inline(always)]
    unsafe fn run<V: Vector<T>>(&self, are_channels: bool, rows: usize, vectors: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            if are_channels {
                run_for_size!(OfChannels self, rows vectors: 1 2)
            } else {
                run_for_size!(OfRows self, rows vectors: 1 2)
            }
        }
    }

    /// # Safety
    /// As for [`run`](Self::run).
    #[inline(always)]
    unsafe fn tile<V: Vector<T>, const ROWS: usize, const VECTORS: usize, const CHANNELS: bool>(&self) {
        // In a constant, so that nothing is compiled for the tiles that no result is cut into.
        if const { !fits(V::REGISTERS, ROWS, VECTORS) } {
            unreachable!("tiles fit the registers");
        }
        let Self { bias, relu, to, to_row, across, lanes, .. } = *self;
        // SAFETY: the caller's promise.
        unsafe {
            let masks = [V::mask(lanes[0]), V::mask(lanes[1])];
            let mut sums = if self.valid.is_null() {
                self.sums::<V, ROWS, VECTORS, CHANNELS, false>(masks)
            } else {
                self.sums::<V, ROWS, VECTORS, CHANNELS, true>(masks)
            };
            for i in 0..ROWS {
                for j in 0..VECTORS {
                    let sum = &mut sums[i][j];
                    if !bias.is_null() {
                        *sum = sum.add(V::splat(*bias.wrapping_add(if CHANNELS { i } else { 0 })));
                    }
                    if relu {
                        *sum = sum.gated_by(*sum);
                    }
                    sum.store_masked(to.wrapping_add(i * to_row + j * across[2]), masks[usize::from(j + 1 == VECTORS)]);
                }
            }
        }
    }

    /// # Safety
    /// As for [`run`](Self::run).
    #[inline(always)]
    unsafe fn sums<V: Vector<T>, const ROWS: usize, const VECTORS: usize, const CHANNELS: bool, const ROOM: bool>(
        &self,
        masks: [V::Mask; 2],
    ) -> [[V; VECTORS]; ROWS] {
        let Self { channels, counts, numbers, vectors, row, .. } = *self;
        // Where it is known the compiler needs fewer registers for addresses.
        let across = if CHANNELS { self.across } else { [V::LANES; 3] };
        let (mut channel, mut channel_vector) = (numbers.start, vectors.start);
        // SAFETY: the caller's promise for the factors of all terms. Pointers that step beyond the last term are
        // not read.
        unsafe {
            let (zero, one) = (V::splat(T::number(0.0)), V::splat(T::number(1.0)));
            let mut sums = [[zero; VECTORS]; ROWS];
            for _ in 0..channels {
                let (mut plane, mut plane_vector) = (channel, channel_vector);
                for _ in 0..counts[0] {
                    let (mut line, mut line_vector) = (plane, plane_vector);
                    for _ in 0..counts[1] {
                        let (mut number, mut vector, mut valid) = (line, line_vector, self.valid);
                        for _ in 0..counts[2] {
                            let mut cells = load_across::<T, V, VECTORS>(vector, across[0], masks);
                            let mut factor = V::splat(*number);
                            for i in 0..ROWS {
                                if CHANNELS && i > 0 {
                                    factor = V::splat(*number.wrapping_add(i * row));
                                } else if i > 0 {
                                    cells =
                                        load_across::<T, V, VECTORS>(vector.wrapping_add(i * row), across[0], masks);
                                }
                                for j in 0..VECTORS {
                                    let sum = factor.mul_add(cells[j], sums[i][j]);
                                    sums[i][j] = if ROOM {
                                        let are_cells = V::load(valid.wrapping_add(j * across[1])).equals(one);
                                        V::choose(are_cells, sum, sums[i][j])
                                    } else {
                                        sum
                                    };
                                }
                            }
                            number = number.wrapping_offset(numbers.steps[2]);
                            (vector, valid) =
                                (vector.wrapping_offset(vectors.steps[2]), valid.wrapping_offset(vectors.steps[2]));
                        }
                        line = line.wrapping_offset(numbers.steps[1]);
                        line_vector = line_vector.wrapping_offset(vectors.steps[1]);
                    }
                    plane = plane.wrapping_offset(numbers.steps[0]);
                    plane_vector = plane_vector.wrapping_offset(vectors.steps[0]);
                }
                channel = channel.wrapping_add(numbers.channel);
                channel_vector = channel_vector.wrapping_add(vectors.channel);
            }
            sums
        }
    }
}

/// Vectors from memory so far apart; the last one has another mask than the others.
///
/// # Safety
/// The machine has the instruction set of `V`; the lanes of the masks are valid.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
unsafe fn load_across<T: Element, V: Vector<T>, const VECTORS: usize>(
    from: *const T,
    across: usize,
    masks: [V::Mask; 2],
) -> [V; VECTORS] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut vectors = [V::splat(T::number(0.0)); VECTORS];
        for j in 0..VECTORS {
            vectors[j] = V::load_masked(from.wrapping_add(j * across), masks[usize::from(j + 1 == VECTORS)]);
        }
        vectors
    }
}
