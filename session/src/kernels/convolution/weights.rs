//! The gradient of the weights: chains over images and output positions.

use super::super::threads::{Shared, part_range};
use super::super::tile::{Tile, load_full_row};
use super::super::transpose::{transpose, transpose_few};
use super::super::vector::{Body, Element, MAX_LANES, Vector};
use super::super::{InstructionSet, Processor};
use super::chains::{Chains, Factors};
use super::tiles::{self, Kind, Tiles};
use super::{Convolution, UNIT, WORTHWHILE};

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
    let set = match Kind::new(geometry, MAX_LANES) {
        Kind::Pairs => processor.instruction_set,
        _ => processor.instruction_set.for_lanes::<T>(geometry.group_outputs()),
    };
    let (sums, transposed) = scratch.split_at_mut(sums(geometry));
    let group_out = out.len() / geometry.groups;
    let work = geometry.batch * geometry.output_plane() * group_out;
    let parts = processor.threads.split(work, WORTHWHILE);
    for (group, out) in out.chunks_exact_mut(group_out).enumerate() {
        let shared = Shared(sums.as_mut_ptr());
        processor.threads.for_each_rows(parts, parts, &mut [], transposed, |part, _, transposed| {
            let (part, sums) = (part.start, shared.pointer());
            set.run(Part { set, geometry, group, part, parts, x, delta, sums, transposed });
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
    set: InstructionSet,
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
        let Self { set, geometry, group, part, parts, x, delta, sums, transposed } = self;
        let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
        let (input_plane, output_plane) = (geometry.input_plane(), geometry.output_plane());
        let (axes, row) = (&geometry.axes, row(geometry));
        let vectors = outputs.div_ceil(V::LANES);
        let kind = Kind::new(geometry, V::LANES);
        let tiles = Tiles::new(geometry, kind, vectors, V::REGISTERS, parts);
        let strips = tiles.strips;
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
                let from = &delta[place * outputs * output_plane..];
                // Lanes of no channel may have any numbers: whole vectors are faster than parts of them.
                let outputs = if from.len() < row * output_plane { outputs } else { row };
                let from = &from[..outputs * output_plane];
                let to = &mut transposed[i * output_plane * row..][..output_plane * row];
                // SAFETY: the instruction set of `V` is there; there are whole vectors for every
                // output position.
                unsafe {
                    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
                    match kind {
                        Kind::Pairs => transpose_few(set, outputs, output_plane, from, output_plane, to, row),
                        _ => transpose::<T, V>(outputs, output_plane, from, output_plane, to, row),
                    }
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
                    kind,
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
    kind: Kind,
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

macro_rules! pairs {
    ($terms:ident $lines:ident: $([$p:literal $($l:literal)*])*) => {
        match ($lines, $terms.tile.columns.div_ceil(2)) {
            $($(($l, $p) => V::apply(Pairs::<T, $l, $p>($terms)),)*)*
            (lines, pairs) => unreachable!("a tile of {lines} lines of {pairs} pairs"),
        }
    };
}

/// A window some of whose cells are padding.
#[derive(Clone, Copy)]
struct Border {
    /// The place of the first column of the tile along the last axis, and the number of cells there.
    first: isize,
    cells: usize,
}

impl Border {
    #[inline(always)]
    fn has_cell(self, column: usize) -> bool {
        // A place before the first cell is a large number then.
        ((self.first + column as isize) as usize) < self.cells
    }
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
                    let (sums, length) =
                        (self.sums_of(i / tile.columns, i % tile.columns), vectors * self.kind.lanes(V::LANES));
                    std::slice::from_raw_parts_mut(sums, length).fill(T::number(0.0));
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

    /// Where the sums of a weight are.
    #[inline(always)]
    fn sums_of(&self, line: usize, column: usize) -> *mut T {
        self.sums.wrapping_add(line * self.sums_steps[0] + column * self.sums_steps[1])
    }

    /// Calls `body` for each window, with the place of the tile's first cell, that of the gradients, and the border if
    /// some of the cells are beyond it.
    #[inline(always)]
    fn for_each_window(&self, mut body: impl FnMut(*const T, *const T, Option<Border>)) {
        let &Self { counts, x_steps, delta_steps, tile, cells, .. } = self;
        let (windows, all, column_cell) = (tile.some.clone(), tile.all.clone(), tile.column_cell);
        for image in 0..counts[0] {
            for plane in 0..counts[1] {
                for row in 0..counts[2] {
                    let start = |steps: [usize; 4]| image * steps[0] + plane * steps[1] + row * steps[2];
                    let mut x = self.x.wrapping_add(start(x_steps));
                    let mut delta = self.delta.wrapping_add(start(delta_steps));
                    for window in windows.clone() {
                        let first = column_cell + (window * x_steps[3]) as isize;
                        body(x, delta, (!all.contains(&window)).then_some(Border { first, cells }));
                        (x, delta) = (x.wrapping_add(x_steps[3]), delta.wrapping_add(delta_steps[3]));
                    }
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
            match self.kind {
                Kind::Pairs if const { V::LANES == MAX_LANES } => {
                    return pairs!(terms lines: [1 1 2 3 4 5] [2 1 2 3 4 5] [3 1 2 3 4 5]);
                }
                Kind::Columns => return sizes!(terms lines: [2 1 2 3 4 5] [3 1 2 3] [4 1 2] [5 1 2]),
                _ => (),
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
        let terms = self.0;
        let x_line = terms.x_line;
        let sums = |i: usize| terms.sums_of(i / COLUMNS, i % COLUMNS);
        // SAFETY: the caller's promise. Cells are read only where they are not padding.
        unsafe {
            let mut chains = Tile::<V, ROWS, 1>::load(sums, None);
            terms.for_each_window(|x, delta, border| {
                let number = |i: usize| *x.wrapping_add(i / COLUMNS * x_line + i % COLUMNS);
                let factors = load_full_row(delta);
                let Some(border) = border else { return chains.add_products(number, factors) };
                for column in 0..COLUMNS {
                    if border.has_cell(column) {
                        for i in (column..ROWS).step_by(COLUMNS) {
                            chains.add_product_in_row(i, number(i), factors);
                        }
                    }
                }
            });
            chains.store(sums, None);
        }
    }
}

/// The terms of a tile of pairs of columns, whose size is known to the compiler: each output channel has two lanes, one for
/// each column. If the number of columns is odd, the last pair has a column of the one before.
struct Pairs<'a, T, const LINES: usize, const PAIRS: usize>(&'a Terms<'a, T>);

impl<T: Element, const LINES: usize, const PAIRS: usize> Body<T> for Pairs<'_, T, LINES, PAIRS> {
    type Output = ();

    // Plain loops over places, as in `Tile`.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let terms = self.0;
        let (x_line, last) = (terms.x_line, terms.tile.columns - 2);
        let column = |pair: usize| if pair + 1 == PAIRS { last } else { 2 * pair };
        // SAFETY: the caller's promise. Cells are read only where they are not padding.
        unsafe {
            let zero = V::splat(T::number(0.0));
            let (left, half) = (V::splat_pair([0.0, 1.0].map(T::number).as_ptr()).equals(zero), V::mask(V::LANES / 2));
            let mut chains = [[zero; PAIRS]; LINES];
            for line in 0..LINES {
                for pair in 0..PAIRS {
                    let load = |column: usize| V::load_masked(terms.sums_of(line, column), half).reorder();
                    chains[line][pair] = load(column(pair)).zip(load(column(pair) + 1)).0;
                }
            }
            terms.for_each_window(|x, delta, border| {
                let factors = V::load_twice(delta);
                let cell = |line: usize, column: usize| x.wrapping_add(line * x_line + column);
                let Some(border) = border else {
                    for line in 0..LINES {
                        for pair in 0..PAIRS {
                            let numbers = V::splat_pair(cell(line, column(pair)));
                            chains[line][pair] = numbers.mul_add(factors, chains[line][pair]);
                        }
                    }
                    return;
                };
                for pair in 0..PAIRS {
                    let column = column(pair);
                    let exist = (border.has_cell(column), border.has_cell(column + 1));
                    for line in 0..LINES {
                        let sums = chains[line][pair];
                        chains[line][pair] = match exist {
                            (true, true) => V::splat_pair(cell(line, column)).mul_add(factors, sums),
                            (true, false) => {
                                V::choose(left, V::splat(*cell(line, column)).mul_add(factors, sums), sums)
                            }
                            (false, true) => {
                                V::choose(left, sums, V::splat(*cell(line, column + 1)).mul_add(factors, sums))
                            }
                            (false, false) => sums,
                        };
                    }
                }
            });
            for line in 0..LINES {
                for pair in 0..PAIRS {
                    let (even, odd) = chains[line][pair].unzip(zero);
                    even.reorder().store_masked(terms.sums_of(line, column(pair)), half);
                    odd.reorder().store_masked(terms.sums_of(line, column(pair) + 1), half);
                }
            }
        }
    }
}
