//! How the weights of a group are cut into tiles for their gradient, and which windows have the cells of each.

use std::ops::Range;

use super::super::threads::part_range;
use super::super::tile::{tile_rows, tile_vectors};
use super::super::vector::MAX_LANES;
use super::Convolution;
use crate::window::{Axis, MAX_SPATIAL};

/// The largest number of lines of a tile.
const LINES: usize = 8;
/// The largest number of columns of a tile, and of one with pairs of them.
const COLUMNS: usize = 5;
const PAIRED: usize = 6;
/// The largest number of lines of a tile with pairs of columns.
const PAIRED_LINES: usize = 5;
/// About the largest number of weights of a tile with several columns.
const WEIGHTS: usize = 10;
/// The smallest number of input channels that are enough for the lines of tiles.
const ENOUGH: usize = 8;
/// A tile with fewer chains takes as long as one with so many: terms wait for those before them.
const CHAINS: usize = 8;
/// With fewer tiles for each thread it is no longer nothing if one has a tile more than the others.
const MANY: usize = 4;

/// The axes of the weights of one output channel: input channels, then kernel offsets.
const WEIGHT_AXES: usize = 1 + MAX_SPATIAL;
/// The last of them.
const COLUMN: usize = WEIGHT_AXES - 1;

/// What a tile is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lines of one column: where enough of them have the same cells in the padding.
    Lines,
    /// Lines of several columns.
    Columns,
    /// Lines of several columns, two of which share a vector: where output channels fill no more than half of it.
    Pairs,
}

impl Kind {
    /// The best one, with vectors of so many lanes.
    pub fn new(geometry: &Convolution, lanes: usize) -> Self {
        let last = geometry.axes[COLUMN - 1];
        match last.dilation == 1 && last.kernel > 1 {
            true if 2 * geometry.group_outputs() <= lanes && lanes == MAX_LANES => Self::Pairs,
            true if geometry.group_inputs() < ENOUGH => Self::Columns,
            _ => Self::Lines,
        }
    }

    /// The output channels that share a vector of so many lanes.
    pub fn lanes(self, lanes: usize) -> usize {
        if self == Self::Pairs { lanes / 2 } else { lanes }
    }
}

/// The tiles of a group: boxes of weights that are longer than one only along the last axis and along one other, that of
/// their lines.
///
/// Neighbours along the last axis are neighbours in memory too, so that all columns of a line take one register for
/// their addresses. Input channels, if there are enough, need no more: they have the same cells in the padding.
pub(super) struct Tiles<'a> {
    geometry: &'a Convolution,
    /// The axis of the lines.
    line: usize,
    sizes: [usize; WEIGHT_AXES],
    /// The number of runs that each axis is cut into.
    runs: [usize; WEIGHT_AXES],
    /// The number of strips of output channels, each with tiles of its own.
    pub strips: usize,
}

impl<'a> Tiles<'a> {
    /// For so many vectors of output channels, registers and threads.
    pub fn new(geometry: &'a Convolution, kind: Kind, vectors: usize, registers: usize, threads: usize) -> Self {
        let [planes, rows, columns] = geometry.axes.map(|axis| axis.kernel);
        let sizes = [geometry.group_inputs(), planes, rows, columns];
        let line = if sizes[0] >= ENOUGH.min(rows) { 0 } else { 2 };
        let mut runs = sizes;
        let strips = if kind == Kind::Lines { vectors.div_ceil(tile_vectors(registers)) } else { vectors };
        // The largest number of lines, and how many chains a line has.
        let (lines, chains) = match kind {
            Kind::Lines => {
                let vectors = vectors.div_ceil(strips);
                (tile_rows(registers, vectors), vectors)
            }
            Kind::Columns => {
                runs[COLUMN] = columns.div_ceil(COLUMNS);
                let columns = columns.div_ceil(runs[COLUMN]);
                (WEIGHTS / columns, columns)
            }
            Kind::Pairs => {
                runs[COLUMN] = columns.div_ceil(PAIRED);
                (PAIRED_LINES, columns.div_ceil(runs[COLUMN]).div_ceil(2))
            }
        };
        let others = strips * runs.iter().product::<usize>() / sizes[line];
        let least = sizes[line].div_ceil(lines);
        runs[line] = least;
        if others * least < MANY * threads {
            let time = |runs: &usize| {
                let tiles = (others * runs).div_ceil(threads);
                tiles * (sizes[line].div_ceil(*runs) * chains).max(CHAINS)
            };
            runs[line] = (least..=sizes[line]).min_by_key(time).unwrap_or(least);
        }
        Self { geometry, line, sizes, runs, strips }
    }

    pub fn count(&self) -> usize {
        self.runs.iter().product()
    }

    pub fn tile(&self, mut number: usize) -> Tile {
        let mut weights = [const { 0..0 }; WEIGHT_AXES];
        for axis in (0..WEIGHT_AXES).rev() {
            weights[axis] = part_range(number % self.runs[axis], self.runs[axis], self.sizes[axis]);
            number /= self.runs[axis];
        }
        let axes = &self.geometry.axes;
        let (mut first, mut cell) = (weights[0].start, weights[0].start as isize);
        for (axis, weights) in axes.iter().zip(&weights[1..]) {
            first = first * axis.kernel + weights.start;
            let from_origin = (weights.start * axis.dilation) as isize - axis.padding as isize;
            cell = cell * axis.input as isize + from_origin;
        }
        let columns = weights[COLUMN].clone();
        let (low, high) = (windows(&axes[2], columns.start), windows(&axes[2], columns.end - 1));
        Tile {
            first,
            cell,
            column_cell: columns.start as isize - axes[2].padding as isize,
            lines: weights[self.line].len(),
            columns: columns.len(),
            planes: windows(&axes[0], weights[1].start),
            segments: Segments::new(&axes[1], weights[2].clone(), weights[self.line].len()),
            some: high.start..low.end.max(high.start),
            all: low.start..high.end,
        }
    }

    /// The distance of the weights of neighbouring lines, and that of their cells.
    pub fn line_steps(&self) -> [usize; 2] {
        let axes = &self.geometry.axes;
        match self.line {
            0 => [self.geometry.kernel_size(), self.geometry.input_plane()],
            _ => [axes[2].kernel, axes[1].dilation * axes[2].input],
        }
    }
}

/// A tile, as row-major numbers of weights and cells.
pub(super) struct Tile {
    pub first: usize,
    /// The cell of the first weight in the window at the origin, and its place along the last axis.
    pub cell: isize,
    pub column_cell: isize,
    pub lines: usize,
    pub columns: usize,
    /// The windows along the first axis.
    pub planes: Range<usize>,
    pub segments: Segments,
    /// The windows along the last axis in which some of the columns have cells, and those in which all have, if any.
    pub some: Range<usize>,
    pub all: Range<usize>,
}

/// Neighbouring windows along the middle axis, and which lines of a tile have cells there.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub windows: Range<usize>,
    pub lines: Range<usize>,
}

/// All windows of a tile along the middle axis, in ascending order. Each line begins and ends once.
pub(super) struct Segments([Option<Segment>; 2 * LINES]);

impl Segments {
    /// Of these kernel offsets: those of the lines, or one for all lines.
    fn new(axis: &Axis, kernel: Range<usize>, lines: usize) -> Self {
        let mut segments = Self([const { None }; 2 * LINES]);
        let (mut start, mut places) = (0, segments.0.iter_mut());
        while start < axis.output {
            let (mut end, mut valid) = (axis.output, None);
            for (line, offset) in kernel.clone().enumerate() {
                let windows = windows(axis, offset);
                let changes = [windows.start, windows.end];
                end = changes.into_iter().filter(|&change| start < change).fold(end, usize::min);
                if windows.contains(&start) {
                    let first = valid.map_or(line, |lines: (usize, usize)| lines.0);
                    valid = Some((first, line + 1));
                }
            }
            if let Some((first, last)) = valid {
                let lines = if kernel.len() == 1 { 0..lines } else { first..last };
                *places.next().expect("a segment begins where a line begins or ends") =
                    Some(Segment { windows: start..end, lines });
            }
            start = end;
        }
        segments
    }

    pub fn iter(&self) -> impl Iterator<Item = &Segment> {
        self.0.iter().map_while(Option::as_ref)
    }
}

/// The windows whose cell at a kernel offset is not padding. Of a larger offset they begin and end earlier.
pub(super) fn windows(axis: &Axis, kernel: usize) -> Range<usize> {
    let &Axis { input, stride, padding, dilation, output, .. } = axis;
    let first = padding.saturating_sub(kernel * dilation).div_ceil(stride).min(output);
    let end = (input + padding).saturating_sub(kernel * dilation).div_ceil(stride).clamp(first, output);
    first..end
}
