//! Convolution (cross-correlation) over up to three spatial axes, and its two gradients.
//!
//! In the lanes of a vector lie channels of the result, or images, so that all lanes share the cells that a window covers:
//! cells in the padding are never touched, and no masks are needed, but results are computed with channels or images last
//! in scratch and transposed. Or there lie neighbouring columns, where there is little to compute, so that transposes
//! would take longer. Channels that are groups of their own share no cells, but places. Stride, dilation and groups only
//! change where the terms lie.

mod chains;
mod columns;
mod correlate;
mod depthwise;
mod depthwise_weights;
mod images;
mod tiles;
mod weights;

use std::ops::Range;

use super::vector::Element;
use super::{Processor, size};
pub use crate::window::Convolution;
use crate::window::{Axis, MAX_SPATIAL};

/// The strongest scratch alignment that matters, in elements: parts of scratch start at multiples.
const UNIT: usize = 16;

/// About the multiply-adds that are worth a thread of their own.
const WORTHWHILE: usize = 500_000;

/// What is done with each chain of a convolution in the end, while it is in registers.
#[derive(Clone, Copy, Debug)]
pub struct After<'a, T> {
    /// What is added: one number for each output channel.
    pub bias: Option<&'a [T]>,
    /// Whether what is neither positive nor NaN becomes `+0` then.
    pub relu: bool,
}

impl<T> After<'_, T> {
    /// Nothing.
    pub const NOTHING: Self = Self { bias: None, relu: false };
}

impl Convolution {
    fn input_plane(&self) -> usize {
        size(self.axes.map(|axis| axis.input))
    }

    fn output_plane(&self) -> usize {
        size(self.axes.map(|axis| axis.output))
    }

    fn kernel_size(&self) -> usize {
        size(self.axes.map(|axis| axis.kernel))
    }

    /// The number of input values.
    pub fn input_size(&self) -> usize {
        size([self.batch, self.input_channels, self.input_plane()])
    }

    /// The number of output values.
    pub fn output_size(&self) -> usize {
        size([self.batch, self.output_channels, self.output_plane()])
    }

    /// The number of weights.
    pub fn weight_size(&self) -> usize {
        size([self.output_channels, self.group_inputs(), self.kernel_size()])
    }

    /// The number of elements of scratch that [`forward`](Self::forward) takes.
    pub fn forward_scratch(&self, processor: &Processor) -> usize {
        self.scratch(processor, Direction::Forward)
    }

    /// The number of elements of scratch that [`input_gradient`](Self::input_gradient) takes.
    pub fn input_gradient_scratch(&self, processor: &Processor) -> usize {
        self.scratch(processor, Direction::Backward)
    }

    /// The number of elements of scratch that [`weight_gradient`](Self::weight_gradient) takes.
    pub fn weight_gradient_scratch(&self, processor: &Processor) -> usize {
        let threads = processor.threads.count();
        match depthwise::is_depthwise(self) {
            true => depthwise_weights::scratch(self, threads),
            false => weights::scratch(self, threads),
        }
    }

    fn scratch(&self, processor: &Processor, direction: Direction) -> usize {
        let threads = processor.threads.count();
        match self.lanes(direction) {
            Lanes::Channels => correlate::scratch(self, direction, threads),
            Lanes::Images => images::scratch(self, direction, threads),
            Lanes::Columns => columns::scratch(self, direction, threads),
            Lanes::Groups => depthwise::scratch(self, threads),
        }
    }

    /// The convolution of `x` with the weights `w`: every element one chain of `mul_add` from `+0`
    /// over input channels and kernel positions, row-major, cells in the padding left out; then what is to be done
    /// after.
    ///
    /// # Panics
    /// If the lengths do not fit or scratch is shorter than [`forward_scratch`](Self::forward_scratch).
    #[inline(never)]
    pub fn forward<T: Element>(
        &self,
        processor: &Processor,
        w: &[T],
        after: After<'_, T>,
        x: &[T],
        out: &mut [T],
        scratch: &mut [T],
    ) {
        self.check(w, x, out);
        assert!(after.bias.is_none_or(|bias| bias.len() == self.output_channels), "bias of a convolution");
        self.correlate(processor, Direction::Forward, w, after, x, out, scratch);
    }

    /// The gradient of the input from that of the output, `delta`: every element one chain of
    /// `mul_add` from `+0` over output channels and kernel positions, row-major, of the terms that
    /// exist.
    ///
    /// # Panics
    /// If the lengths do not fit or scratch is shorter than [`input_gradient_scratch`](Self::input_gradient_scratch).
    #[inline(never)]
    pub fn input_gradient<T: Element>(
        &self,
        processor: &Processor,
        w: &[T],
        delta: &[T],
        out: &mut [T],
        scratch: &mut [T],
    ) {
        self.check(w, out, delta);
        self.correlate(processor, Direction::Backward, w, After::NOTHING, delta, out, scratch);
    }

    /// What lies in the lanes of vectors when a result is computed.
    fn lanes(&self, direction: Direction) -> Lanes {
        if depthwise::suit(self, direction) {
            Lanes::Groups
        } else if columns::suit(self, direction) {
            Lanes::Columns
        } else if images::suit(self, direction) {
            Lanes::Images
        } else {
            Lanes::Channels
        }
    }

    /// Which block of images, group, place along the first axis and block of rows a number stands for, when a result is
    /// computed block by block.
    fn block(&self, number: usize, places: usize, row_blocks: usize) -> [usize; 4] {
        let (rest, row_block) = (number / row_blocks, number % row_blocks);
        let (rest, place) = (rest / places, rest % places);
        [rest / self.groups, rest % self.groups, place, row_block]
    }

    /// Every result is a chain over the channels of `from` and the kernel offsets, and what is to be done after.
    #[allow(clippy::too_many_arguments)]
    fn correlate<T: Element>(
        &self,
        processor: &Processor,
        direction: Direction,
        w: &[T],
        after: After<'_, T>,
        from: &[T],
        to: &mut [T],
        scratch: &mut [T],
    ) {
        match self.lanes(direction) {
            Lanes::Channels => correlate::correlate(processor, self, direction, w, after, from, to, scratch),
            Lanes::Images => images::correlate(processor, self, direction, w, after, from, to, scratch),
            Lanes::Columns => columns::correlate(processor, self, direction, w, after, from, to, scratch),
            Lanes::Groups => depthwise::correlate(processor, self, direction, w, after, from, to, scratch),
        }
    }

    /// The gradient of the weights from the input and the gradient of the output, `delta`: every
    /// element one chain of `mul_add` from `+0` over images and output positions, row-major, cells
    /// in the padding left out.
    ///
    /// # Panics
    /// If the lengths do not fit or scratch is shorter than [`weight_gradient_scratch`](Self::weight_gradient_scratch).
    #[inline(never)]
    pub fn weight_gradient<T: Element>(
        &self,
        processor: &Processor,
        x: &[T],
        delta: &[T],
        out: &mut [T],
        scratch: &mut [T],
    ) {
        self.check(out, x, delta);
        match depthwise::is_depthwise(self) {
            true => depthwise_weights::weight_gradient(processor, self, x, delta, out, scratch),
            false => weights::weight_gradient(processor, self, x, delta, out, scratch),
        }
    }

    fn check<T>(&self, w: &[T], input: &[T], output: &[T]) {
        let whole = self.input_channels.is_multiple_of(self.groups) && self.output_channels.is_multiple_of(self.groups);
        assert!(whole, "groups of a convolution");
        assert_eq!(w.len(), self.weight_size(), "weights of a convolution");
        assert_eq!(input.len(), self.input_size(), "input of a convolution");
        assert_eq!(output.len(), self.output_size(), "output of a convolution");
    }
}

/// What lies in the lanes of vectors.
#[derive(Clone, Copy, Debug)]
enum Lanes {
    /// Channels of the result.
    Channels,
    Images,
    /// Neighbouring places along the last axis of the result.
    Columns,
    /// Channels that are groups of their own.
    Groups,
}

/// From the input to the output, or from the gradient of the output to that of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

/// The source and the result of one direction, for one group.
#[derive(Clone, Copy)]
struct Sides {
    from_channels: usize,
    to_channels: usize,
    from: [usize; MAX_SPATIAL],
    to: [usize; MAX_SPATIAL],
    /// The distances of the weights of neighbouring source channels and result channels.
    weight_from: usize,
    weight_to: usize,
}

impl Sides {
    fn new(geometry: &Convolution, direction: Direction) -> Self {
        let (inputs, outputs, kernel) = (geometry.group_inputs(), geometry.group_outputs(), geometry.kernel_size());
        let input = (inputs, geometry.axes.map(|axis| axis.input), kernel);
        let output = (outputs, geometry.axes.map(|axis| axis.output), inputs * kernel);
        let ((from_channels, from, weight_from), (to_channels, to, weight_to)) = match direction {
            Direction::Forward => (input, output),
            Direction::Backward => (output, input),
        };
        Self { from_channels, to_channels, from, to, weight_from, weight_to }
    }
}

/// The terms of one result along one axis: a progression of kernel offsets, and with it one of
/// source cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taps {
    count: usize,
    kernel: usize,
    kernel_step: usize,
    cell: usize,
    cell_step: isize,
}

impl Taps {
    /// The terms of the result at `place`.
    fn new(axis: &Axis, direction: Direction, place: usize) -> Self {
        let mut taps = Self { count: 0, kernel: 0, kernel_step: 0, cell: 0, cell_step: 0 };
        for kernel in 0..axis.kernel {
            let cell = match direction {
                Direction::Forward => axis.cell(place, kernel),
                Direction::Backward => axis.position(place, kernel),
            };
            if let Some(cell) = cell {
                match taps.count {
                    0 => (taps.kernel, taps.cell) = (kernel, cell),
                    1 => {
                        taps.kernel_step = kernel - taps.kernel;
                        taps.cell_step = cell as isize - taps.cell as isize;
                    }
                    _ => (),
                }
                taps.count += 1;
            }
        }
        taps
    }
}

/// Neighbouring results along one axis whose terms differ only in the place of the cells.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: usize,
    step: usize,
    count: usize,
    taps: Taps,
    /// The distance of the cells of neighbours.
    cells: usize,
}

/// The runs of the results in a range of places, each place in one run.
struct Runs<'a> {
    axis: &'a Axis,
    direction: Direction,
    range: Range<usize>,
    next: usize,
}

impl<'a> Runs<'a> {
    fn new(axis: &'a Axis, direction: Direction, range: Range<usize>) -> Self {
        Self { axis, direction, next: range.start, range }
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        // Forward, neighbours have cells one stride apart; backward, it is the other way round:
        // the places one stride apart have neighbouring cells.
        let (step, cells) = match self.direction {
            Direction::Forward => (1, self.axis.stride),
            Direction::Backward => (self.axis.stride, 1),
        };
        let first = self.next;
        if first >= self.range.end {
            return None;
        }
        let taps = Taps::new(self.axis, self.direction, first);
        let mut count = 1;
        let end = loop {
            let place = first + count * step;
            if place >= self.range.end {
                break place;
            }
            let next = Taps::new(self.axis, self.direction, place);
            let expected = Taps { cell: taps.cell + count * cells, ..taps };
            if next != expected && !(taps.count == 0 && next.count == 0) {
                break place;
            }
            count += 1;
        };
        // At the end of the places of one residue follow those of the next.
        let start = self.range.start;
        let residue = (first - start) % step + 1;
        self.next = match end < self.range.end {
            true => end,
            false if residue < step => start + residue,
            false => self.range.end,
        };
        Some(Run { first, step, count, taps, cells })
    }
}
