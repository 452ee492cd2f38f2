//! Tensors by coordinates, windows and convolutions: slow, plain, and sharing nothing with the library.

use session::ir::DynShape;
use session::semantics::Array;

pub type Tensor = Array<f64>;

/// All coordinates below these sizes, row-major.
pub fn coordinates(sizes: &[usize]) -> Vec<Vec<usize>> {
    sizes.iter().fold(vec![Vec::new()], |all, &size| {
        all.iter().flat_map(|start| (0..size).map(move |next| [start.as_slice(), &[next]].concat())).collect()
    })
}

pub fn at(x: &Tensor, coordinate: &[usize]) -> f64 {
    assert_eq!(x.shape.len(), coordinate.len(), "one coordinate for each axis");
    let position = x.shape.iter().zip(coordinate).fold(0, |position, (&size, &index)| {
        assert!(index < size, "{coordinate:?} is not in {}", x.shape);
        position * size + index
    });
    x.data[position]
}

/// A coordinate with one entry replaced.
pub fn with(coordinate: &[usize], axis: usize, index: usize) -> Vec<usize> {
    let mut moved = coordinate.to_vec();
    moved[axis] = index;
    moved
}

/// A chain of fused multiply-adds from +0.
pub fn chain(terms: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    terms.into_iter().fold(0.0, |sum, (a, b)| f64::mul_add(a, b, sum))
}

/// The sum of what is stored first and added later; +0 of nothing.
pub fn stored(contributions: impl IntoIterator<Item = f64>) -> f64 {
    contributions.into_iter().reduce(|sum, x| sum + x).unwrap_or(0.0)
}

/// A matrix or vector as a stack of matrices, transposed where asked.
pub fn matrix(x: &Tensor, transposed: bool, stack: usize, [row, column]: [usize; 2]) -> f64 {
    let [i, j] = if transposed { [column, row] } else { [row, column] };
    match x.shape.len() {
        1 => at(x, &[row]),
        2 => at(x, &[i, j]),
        _ => at(x, &[stack, i, j]),
    }
}

/// The axis of a window in which position `offset` of window `window` lies on a cell.
#[derive(Clone, Copy)]
pub struct Windows<'a> {
    pub stride: &'a [usize],
    pub padding: &'a [usize],
    pub dilation: &'a [usize],
}

impl Windows<'_> {
    /// The cell, or `None` in the padding.
    pub fn cell(self, input: &[usize], window: &[usize], offset: &[usize]) -> Option<Vec<usize>> {
        (0..input.len())
            .map(|axis| {
                let padded = window[axis] * self.stride[axis] + offset[axis] * self.dilation[axis];
                padded.checked_sub(self.padding[axis]).filter(|&cell| cell < input[axis])
            })
            .collect()
    }
}

/// The images of `[C, ..]` or `[N, C, ..]`, and the coordinate of a place in one of them.
pub fn place(x: DynShape, spatial: usize, image: usize, channel: usize, cell: &[usize]) -> Vec<usize> {
    let leading = if x.len() == spatial + 2 { vec![image, channel] } else { vec![channel] };
    [leading.as_slice(), cell].concat()
}

/// One element of a convolution or of one of its adjoints: the chain over all pairs of a window and a
/// position in it that have to do with the element, in the documented order.
pub struct Convolution<'a> {
    pub windows: Windows<'a>,
    pub groups: usize,
    pub kernel: &'a [usize],
    pub input: &'a [usize],
    pub output: &'a [usize],
    pub images: usize,
    pub group_inputs: usize,
    pub group_outputs: usize,
}

impl Convolution<'_> {
    pub fn forward(&self, w: &Tensor, x: &Tensor, image: usize, channel: usize, window: &[usize]) -> f64 {
        let first = channel / self.group_outputs * self.group_inputs;
        chain((0..self.group_inputs).flat_map(|input| {
            coordinates(self.kernel).into_iter().filter_map(move |offset| {
                let cell = self.windows.cell(self.input, window, &offset)?;
                let x_at = place(x.shape, self.kernel.len(), image, first + input, &cell);
                Some((at(w, &[&[channel, input], offset.as_slice()].concat()), at(x, &x_at)))
            })
        }))
    }

    pub fn to_input(&self, w: &Tensor, d: &Tensor, image: usize, channel: usize, cell: &[usize]) -> f64 {
        let (group, input) = (channel / self.group_inputs, channel % self.group_inputs);
        let outputs = (0..self.groups * self.group_outputs).filter(|output| output / self.group_outputs == group);
        chain(outputs.flat_map(|output| {
            coordinates(self.kernel).into_iter().flat_map(move |offset| {
                let w_at = [&[output, input], offset.as_slice()].concat();
                let covering = coordinates(self.output).into_iter().filter(move |window| {
                    self.windows.cell(self.input, window, &offset).is_some_and(|covered| covered == cell)
                });
                covering.map(move |window| {
                    (at(w, &w_at), at(d, &place(d.shape, self.kernel.len(), image, output, &window)))
                })
            })
        }))
    }

    pub fn to_weight(&self, x: &Tensor, d: &Tensor, output: usize, input: usize, offset: &[usize]) -> f64 {
        let channel = output / self.group_outputs * self.group_inputs + input;
        chain((0..self.images).flat_map(|image| {
            coordinates(self.output).into_iter().filter_map(move |window| {
                let cell = self.windows.cell(self.input, &window, offset)?;
                let spatial = self.kernel.len();
                let d_at = place(d.shape, spatial, image, output, &window);
                Some((at(d, &d_at), at(x, &place(x.shape, spatial, image, channel, &cell))))
            })
        }))
    }
}

/// The pieces that the three operations of a convolution share: weight, image and result shapes.
macro_rules! convolution {
    ($op:expr, $w:expr, $x:expr, $y:expr) => {{
        let spatial = $w.len() - 2;
        Convolution {
            windows: Windows { stride: &$op.stride, padding: &$op.padding, dilation: &$op.dilation },
            groups: $op.groups,
            kernel: &$w[2..],
            input: &$x[$x.len() - spatial..],
            output: &$y[$y.len() - spatial..],
            images: if $x.len() == spatial + 2 { $x[0] } else { 1 },
            group_inputs: $w[1],
            group_outputs: $w[0] / $op.groups,
        }
    }};
}

/// Splits a coordinate of an image into image, channel and cell.
pub fn split(coordinate: &[usize], spatial: usize) -> (usize, usize, &[usize]) {
    let (leading, cell) = coordinate.split_at(coordinate.len() - spatial);
    if leading.len() == 2 { (leading[0], leading[1], cell) } else { (0, leading[0], cell) }
}

/// The cells of a window in the plane of `coordinate`, and which of them is the first of the largest.
pub fn pool(x: &Tensor, windows: Windows<'_>, kernel: &[usize], coordinate: &[usize]) -> (Vec<Vec<usize>>, usize) {
    let (plane, window) = coordinate.split_at(coordinate.len() - kernel.len());
    let input = &x.shape[plane.len()..];
    let cells: Vec<Vec<usize>> = coordinates(kernel)
        .iter()
        .filter_map(|offset| windows.cell(input, window, offset).map(|cell| [plane, &cell].concat()))
        .collect();
    let largest = cells.iter().map(|cell| at(x, cell)).fold(f64::NEG_INFINITY, f64::max);
    let winner = cells.iter().position(|cell| at(x, cell) == largest).expect("a winner");
    (cells, winner)
}

macro_rules! windows {
    ($op:expr, $ones:expr) => {
        Windows { stride: &$op.stride, padding: &$op.padding, dilation: &$ones }
    };
}

pub fn index_of(shape: DynShape, coordinate: &[usize]) -> usize {
    shape.iter().zip(coordinate).fold(0, |position, (&size, &index)| position * size + index)
}

pub(crate) use {convolution, windows};
