//! Matrix products and convolutions.

use super::combine::{Contraction, Convolution};
use super::writer::Margin;
use super::{Lower, Value, Writer};
use crate::ir::op::{Conv, ConvInput, ConvWeight, Linear, MatMul};
use crate::ir::{DynShape, PerSpatialAxis};
use crate::window::{Axis, MAX_SPATIAL};

impl Lower for MatMul {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (a, b) = (operands[0], operands[1]);
        let batching = usize::from(b.shape.len() == 3);
        let contraction = Contraction {
            batching,
            a: a.shape.len() - if self.transpose_a { 2 } else { 1 },
            b: batching + usize::from(self.transpose_b),
        };
        to.dot(a, b, contraction)
    }
}

impl Lower for Linear {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (w, b, x) = (operands[0], operands[1], operands[2]);
        let last = x.shape.len() - 1;
        let product = to.dot(x, w, Contraction { batching: 0, a: last, b: 1 });
        let b = to.broadcast(b, &[last], product.shape);
        to.binary("add", product, b)
    }
}

/// The axes of the window that are there.
fn spatial(axes: &[Axis; MAX_SPATIAL], count: usize) -> &[Axis] {
    &axes[MAX_SPATIAL - count..]
}

/// One number of each axis.
fn each(axes: &[Axis], number: impl Fn(&Axis) -> usize) -> PerSpatialAxis {
    axes.iter().map(number).collect()
}

/// The cells from the first to the last that a window covers.
fn extent(axis: &Axis) -> usize {
    (axis.kernel - 1) * axis.dilation + 1
}

/// The cells from the first of the first window to the first of the last.
fn reach(axis: &Axis) -> usize {
    (axis.output - 1) * axis.stride + 1
}

/// Images with a batch axis, of size 1 where there is none.
fn batched(to: &mut Writer, x: Value, spatial: usize) -> Value {
    if x.shape.len() == spatial + 2 {
        return x;
    }
    to.reshape(x, [1].into_iter().chain(x.shape.iter().copied()).collect())
}

impl Lower for Conv {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (w, x) = (operands[0], operands[operands.len() - 1]);
        let (convolution, shape) = self.convolution(w.shape, x.shape).expect("the shapes were checked");
        let axes = spatial(&convolution.axes, self.stride.len());
        let x = batched(to, x, axes.len());
        let parts = Convolution {
            stride: self.stride,
            margins: self
                .padding
                .iter()
                .map(|&cells| Margin { low: cells as i64, high: cells as i64, interior: 0 })
                .collect(),
            kernel_dilation: self.dilation,
            feature_groups: self.groups,
            batch_groups: 1,
        };
        let sizes = [convolution.batch, convolution.output_channels].into_iter();
        let images = sizes.chain(axes.iter().map(|axis| axis.output)).collect();
        let product = to.convolution(x, w, &parts, images);
        let product = to.reshape(product, shape);
        match *operands {
            [_, b, _] => {
                let b = to.broadcast(b, &[shape.len() - axes.len() - 1], shape);
                to.binary("add", product, b)
            }
            _ => product,
        }
    }
}

impl Lower for ConvInput {
    /// The cotangent with `stride - 1` zeros between its cells, convolved with the reversed kernel.
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (w, d) = (operands[0], operands[1]);
        let (convolution, shape) = self.convolution(w.shape, d.shape).expect("the shapes were checked");
        let axes = spatial(&convolution.axes, self.stride.len());
        let d = batched(to, d, axes.len());
        let w = swapped(to, w, self.groups);
        let w = to.reverse(w, &(2..w.shape.len()).collect::<Vec<_>>());
        let margin = |axis: &Axis| {
            let low = extent(axis) as i64 - 1 - axis.padding as i64;
            let high = axis.input as i64 - reach(axis) as i64 + extent(axis) as i64 - 1 - low;
            Margin { low, high, interior: axis.stride - 1 }
        };
        let parts = Convolution {
            stride: each(axes, |_| 1),
            margins: axes.iter().map(margin).collect(),
            kernel_dilation: self.dilation,
            feature_groups: self.groups,
            batch_groups: 1,
        };
        let sizes = [convolution.batch, convolution.input_channels].into_iter();
        let images = sizes.chain(axes.iter().map(|axis| axis.input)).collect();
        let product = to.convolution(d, w, &parts, images);
        to.reshape(product, shape)
    }
}

/// A kernel `[OUT, IN of a group, ..]` as `[IN, OUT of a group, ..]`.
fn swapped(to: &mut Writer, w: Value, groups: usize) -> Value {
    let [outputs, inputs] = [w.shape[0] / groups, w.shape[1]];
    let rest = || w.shape[2..].iter().copied();
    let grouped: DynShape = [groups, outputs, inputs].into_iter().chain(rest()).collect();
    let split = to.reshape(w, grouped);
    let order: Vec<usize> = [0, 2, 1].into_iter().chain(3..grouped.len()).collect();
    let swapped = to.transpose(split, &order);
    to.reshape(swapped, [groups * inputs, outputs].into_iter().chain(rest()).collect())
}

impl Lower for ConvWeight {
    /// The images convolved with the cotangent, the batch in the place of the features: stride and dilation change
    /// their roles.
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (x, d) = (operands[0], operands[1]);
        let (convolution, shape) = self.convolution(x.shape, d.shape).expect("the shapes were checked");
        let axes = spatial(&convolution.axes, self.stride.len());
        let order: Vec<usize> = [1, 0].into_iter().chain(2..axes.len() + 2).collect();
        let [x, d] = [x, d].map(|images| {
            let images = batched(to, images, axes.len());
            to.transpose(images, &order)
        });
        let margin = |axis: &Axis| {
            let low = axis.padding as i64;
            let high = (extent(axis) + reach(axis)) as i64 - 1 - axis.input as i64 - low;
            Margin { low, high, interior: 0 }
        };
        let parts = Convolution {
            stride: self.dilation,
            margins: axes.iter().map(margin).collect(),
            kernel_dilation: self.stride,
            feature_groups: 1,
            batch_groups: self.groups,
        };
        let swapped = [shape[1], shape[0]].into_iter().chain(shape[2..].iter().copied()).collect();
        let product = to.convolution(x, d, &parts, swapped);
        to.transpose(product, &order)
    }
}
