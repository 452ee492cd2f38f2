//! Where the terms of a weight gradient lie, and which of them are padding.

use super::Convolution;
use crate::window::{Axis, MAX_SPATIAL};

/// The largest number of rows of a tile, of one vector: nine, as a kernel of 3 by 3 has.
pub(super) const ROWS: usize = 9;
/// The smallest number of input channels that are enough for tiles of one kernel offset.
pub(super) const ENOUGH: usize = 8;

/// The offsets along each axis and the input channel of a term. Where a tile has several offsets, neighbours have the
/// same along the last axis, so that they have the same columns in the padding.
#[inline(always)]
pub(super) fn locate(geometry: &Convolution, term: usize) -> ([usize; MAX_SPATIAL], usize) {
    let ([planes, rows, columns], channels) = (geometry.axes.map(|axis| axis.kernel), geometry.group_inputs());
    let (offset, channel) = (term / channels, term % channels);
    let (rest, column) = match channels >= ENOUGH {
        true => (offset / columns, offset % columns),
        false => (offset % (planes * rows), offset / (planes * rows)),
    };
    ([rest / rows, rest % rows, column], channel)
}

/// A set of terms of a tile: a bit for each.
pub(super) type Terms = u32;

/// Neighbouring windows along an axis, and the terms whose cells in them are not padding.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub start: usize,
    pub end: usize,
    pub terms: Terms,
}

/// The windows of all segments, each with its terms.
#[inline(always)]
pub(super) fn along(segments: &[Segment]) -> impl Iterator<Item = (Terms, usize)> {
    segments.iter().flat_map(|segment| (segment.start..segment.end).map(|place| (segment.terms, place)))
}

/// Where the terms of a tile lie: for each, its cell for the window at the origin; and the segments of each axis.
pub(super) struct Places {
    pub cells: [isize; ROWS],
    /// Each term begins and ends once.
    segments: [[Segment; 2 * ROWS + 1]; MAX_SPATIAL],
    counts: [usize; MAX_SPATIAL],
}

impl Places {
    /// The places of `count` terms from `first`.
    pub fn new(geometry: &Convolution, first: usize, count: usize) -> Self {
        let axes = &geometry.axes;
        let mut valid = [[(0, 0); MAX_SPATIAL]; ROWS];
        let none = Segment { start: 0, end: 0, terms: 0 };
        let mut places =
            Self { cells: [0; ROWS], segments: [[none; 2 * ROWS + 1]; MAX_SPATIAL], counts: [0; MAX_SPATIAL] };
        for (i, valid) in valid.iter_mut().enumerate().take(count) {
            let (kernel, channel) = locate(geometry, first + i);
            let mut cell = channel as isize;
            for (axis, kernel) in kernel.into_iter().enumerate() {
                let Axis { input, stride, padding, dilation, output, .. } = axes[axis];
                cell = cell * input as isize + (kernel * dilation) as isize - padding as isize;
                let first = padding.saturating_sub(kernel * dilation).div_ceil(stride).min(output);
                let end = (input + padding).saturating_sub(kernel * dilation).div_ceil(stride).clamp(first, output);
                valid[axis] = (first, end);
            }
            places.cells[i] = cell;
        }
        for axis in 0..MAX_SPATIAL {
            let mut start = 0;
            while start < axes[axis].output {
                let mut segment = Segment { start, end: axes[axis].output, terms: 0 };
                for (i, valid) in valid[..count].iter().enumerate() {
                    let (first, end) = valid[axis];
                    segment.terms |= Terms::from(first <= start && start < end) << i;
                    for change in [first, end] {
                        if start < change {
                            segment.end = segment.end.min(change);
                        }
                    }
                }
                places.segments[axis][places.counts[axis]] = segment;
                places.counts[axis] += 1;
                start = segment.end;
            }
        }
        places
    }

    /// All windows along an axis, in ascending order.
    pub fn segments(&self, axis: usize) -> &[Segment] {
        &self.segments[axis][..self.counts[axis]]
    }
}
