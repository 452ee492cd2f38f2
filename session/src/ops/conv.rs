//! Convolution: cross-correlation over one to three spatial axes, and its adjoints.
//!
//! The three products here are the derivatives of one trilinear form, the sum of
//! `w[o, i, k] · x[i, cell] · d[o, window]` over all pairs that a window covers, in d, x and w; so each
//! one's rules are the other two. Every element is one chain of `mul_add` from +0; cells in the padding
//! are skipped, never multiplied.

use super::matmul::bilinear;
use super::stats::multiply;
use super::{Emit, Operation, Site, View};
use crate::ir::op::{Conv, ConvInput, ConvWeight};
use crate::ir::{DynShape, Id, PerSpatialAxis};
use crate::scalar::Scalar;
use crate::window::{Axis, Convolution, MAX_SPATIAL, Window};

/// A multiplication and an addition for each position of each window, in the padding too.
fn flops(geometry: &Convolution) -> u64 {
    let window = geometry.window();
    let Convolution { batch, output_channels, .. } = *geometry;
    multiply(&[2, batch, output_channels, window.outputs(), geometry.group_inputs(), window.kernels()])
}

// The walks of a window as lists: compiled once, not in the loops of every scalar.

pub(super) fn cells(window: Window, position: usize) -> Vec<(usize, usize)> {
    window.cells(position).collect()
}

fn covering(window: Window, cell: usize) -> Vec<(usize, usize)> {
    window.covering(cell).collect()
}

fn pairs(window: Window, kernel: usize) -> Vec<(usize, usize)> {
    window.pairs(kernel).collect()
}

/// Each element of the result: a chain over input channels and kernel positions, then the bias.
fn forward<S: Scalar>(geometry: &Convolution, w: &[S], b: Option<&[S]>, x: &[S], out: &mut [S]) {
    let window = geometry.window();
    let (inputs, kernels) = (window.inputs(), window.kernels());
    for (plane, out) in out.chunks_exact_mut(window.outputs().max(1)).enumerate() {
        let (image, output) = (plane / geometry.output_channels, plane % geometry.output_channels);
        let first = image * geometry.input_channels + output / geometry.group_outputs() * geometry.group_inputs();
        for (position, out) in out.iter_mut().enumerate() {
            let cells = cells(window, position);
            let mut sum = S::literal(0.0);
            for input in 0..geometry.group_inputs() {
                let w = &w[(output * geometry.group_inputs() + input) * kernels..];
                let x = &x[(first + input) * inputs..];
                sum = sum.chain(cells.iter().map(|&(kernel, cell)| (&w[kernel], &x[cell])));
            }
            *out = b.map_or(sum, |b| sum + b[output]);
        }
    }
}

/// The adjoint in the input: a chain over output channels and kernel positions.
fn to_input<S: Scalar>(geometry: &Convolution, w: &[S], d: &[S], out: &mut [S]) {
    let window = geometry.window();
    let (outputs, kernels) = (window.outputs(), window.kernels());
    for (plane, out) in out.chunks_exact_mut(window.inputs().max(1)).enumerate() {
        let (image, channel) = (plane / geometry.input_channels, plane % geometry.input_channels);
        let (group, input) = (channel / geometry.group_inputs(), channel % geometry.group_inputs());
        for (cell, out) in out.iter_mut().enumerate() {
            let covering = covering(window, cell);
            let mut sum = S::literal(0.0);
            for output in group * geometry.group_outputs()..(group + 1) * geometry.group_outputs() {
                let w = &w[(output * geometry.group_inputs() + input) * kernels..];
                let d = &d[(image * geometry.output_channels + output) * outputs..];
                sum = sum.chain(covering.iter().map(|&(kernel, position)| (&w[kernel], &d[position])));
            }
            *out = sum;
        }
    }
}

/// The adjoint in the weight: a chain over images and windows.
fn to_weight<S: Scalar>(geometry: &Convolution, x: &[S], d: &[S], out: &mut [S]) {
    let window = geometry.window();
    let (inputs, outputs) = (window.inputs(), window.outputs());
    for (filter, out) in out.chunks_exact_mut(window.kernels().max(1)).enumerate() {
        let (output, input) = (filter / geometry.group_inputs(), filter % geometry.group_inputs());
        let channel = output / geometry.group_outputs() * geometry.group_inputs() + input;
        for (kernel, out) in out.iter_mut().enumerate() {
            let pairs = pairs(window, kernel);
            let mut sum = S::literal(0.0);
            for image in 0..geometry.batch {
                let x = &x[(image * geometry.input_channels + channel) * inputs..];
                let d = &d[(image * geometry.output_channels + output) * outputs..];
                sum = sum.chain(pairs.iter().map(|&(position, cell)| (&d[position], &x[cell])));
            }
            *out = sum;
        }
    }
}

/// Splits `[batch, channels, spatial..]` or `[channels, spatial..]` with `spatial` spatial axes.
pub(super) fn image(shape: &DynShape, spatial: usize) -> Result<(Option<usize>, usize, PerSpatialAxis), String> {
    if !(1..=MAX_SPATIAL).contains(&spatial) {
        return Err(format!("it takes 1 to {MAX_SPATIAL} spatial axes, not {spatial}"));
    }
    let axes = || shape[shape.len() - spatial..].iter().copied().collect();
    match shape.len().checked_sub(spatial) {
        Some(1) => Ok((None, shape[0], axes())),
        Some(2) => Ok((Some(shape[0]), shape[1], axes())),
        _ => Err(format!("with {spatial} spatial axes an image is [C, ..] or [N, C, ..], not {shape}")),
    }
}

/// The shape of an image.
pub(super) fn image_shape(batch: Option<usize>, channels: usize, spatial: impl Iterator<Item = usize>) -> DynShape {
    batch.into_iter().chain([channels]).chain(spatial).collect()
}

/// Fits a window, or says which axis does not fit. It is written where it stays, as a convolution is: both are large.
pub(super) fn fit(
    window: &mut [Axis; MAX_SPATIAL],
    input: &PerSpatialAxis,
    kernel: &PerSpatialAxis,
    stride: &PerSpatialAxis,
    padding: &PerSpatialAxis,
    dilation: &PerSpatialAxis,
) -> Result<(), String> {
    let spatial = input.len();
    for (what, list) in [("kernel", kernel), ("stride", stride), ("padding", padding), ("dilation", dilation)] {
        if list.len() != spatial {
            return Err(format!("the {what} {list} must have one number for each of {spatial} spatial axes"));
        }
    }
    for (axis, fitted) in window[MAX_SPATIAL - spatial..].iter_mut().enumerate() {
        let found = Axis::new(input[axis], kernel[axis], stride[axis], padding[axis], dilation[axis]);
        *fitted = found.ok_or_else(|| {
            format!(
                "the window does not fit spatial axis {axis}: size {} padded by {}, kernel {}, stride {}, dilation {}",
                input[axis], padding[axis], kernel[axis], stride[axis], dilation[axis]
            )
        })?;
    }
    Ok(())
}

/// The attributes that the three operations share.
struct Attributes<'a> {
    stride: &'a PerSpatialAxis,
    padding: &'a PerSpatialAxis,
    dilation: &'a PerSpatialAxis,
    groups: usize,
}

macro_rules! attributes {
    ($op:expr) => {
        Attributes { stride: &$op.stride, padding: &$op.padding, dilation: &$op.dilation, groups: $op.groups }
    };
}

impl Attributes<'_> {
    /// The convolution of images `x` with filters `w`, and the shape of the result.
    fn convolution(&self, w: &DynShape, x: &DynShape) -> Result<(Convolution, DynShape), String> {
        let mut convolution = NONE;
        self.fit(&mut convolution, w, x).map(|shape| (convolution, shape))
    }

    /// Fits the convolution of images `x` with filters `w`; gives the shape of the result.
    fn fit(&self, convolution: &mut Convolution, w: &DynShape, x: &DynShape) -> Result<DynShape, String> {
        if w.len() < 3 {
            return Err(format!("the weight must be [OUT, IN, kernel..], not {w}"));
        }
        let (batch, input_channels, spatial) = image(x, w.len() - 2)?;
        let kernel = PerSpatialAxis::new(&w[2..]);
        let (output_channels, groups) = (w[0], self.groups);
        if groups == 0 || input_channels % groups != 0 || output_channels % groups != 0 {
            return Err(format!("{groups} groups must divide {input_channels} and {output_channels} channels"));
        }
        if w[1].checked_mul(groups) != Some(input_channels) {
            return Err(format!(
                "the weight reads {} channels in each of {groups} groups, the input has {input_channels}",
                w[1]
            ));
        }
        let Convolution { axes, .. } = convolution;
        fit(axes, &spatial, &kernel, self.stride, self.padding, self.dilation)?;
        let sizes = axes[MAX_SPATIAL - spatial.len()..].iter().map(|axis| axis.output);
        let shape = image_shape(batch, output_channels, sizes);
        (convolution.batch, convolution.groups) = (batch.unwrap_or(1), groups);
        (convolution.input_channels, convolution.output_channels) = (input_channels, output_channels);
        Ok(shape)
    }
}

/// No convolution yet.
const NONE: Convolution =
    Convolution { batch: 0, input_channels: 0, output_channels: 0, groups: 0, axes: [Axis::ABSENT; MAX_SPATIAL] };

impl Conv {
    /// The convolution and the shape of the result.
    pub(crate) fn convolution(&self, w: DynShape, x: DynShape) -> Result<(Convolution, DynShape), String> {
        attributes!(self).convolution(&w, &x)
    }

    /// The adjoint in the input, for images of this size.
    fn to_input(&self, x: DynShape) -> ConvInput {
        let Self { stride, padding, dilation, groups } = *self;
        let spatial = x[x.len() - stride.len()..].iter().copied().collect();
        ConvInput { spatial, stride, padding, dilation, groups }
    }

    /// The adjoint in the weight, for filters of this size.
    fn to_weight(&self, w: DynShape) -> ConvWeight {
        let Self { stride, padding, dilation, groups } = *self;
        ConvWeight { kernel: w[2..].iter().copied().collect(), stride, padding, dilation, groups }
    }
}

/// The operands `w, b, x` or `w, x`.
fn with_bias<T>(operands: &[T]) -> (&T, Option<&T>, &T) {
    match operands {
        [w, b, x] => (w, Some(b), x),
        [w, x] => (w, None, x),
        _ => unreachable!("the arity was checked"),
    }
}

impl Operation for Conv {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let (w, b, x) = with_bias(operands);
        let shape = attributes!(self).fit(&mut { NONE }, w, x)?;
        match b {
            Some(b) if b.len() != 1 || b[0] != w[0] => {
                Err(format!("the weight gives {} channels, the bias has shape {b}", w[0]))
            }
            _ => Ok(shape),
        }
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let (w, b, x) = with_bias(operands);
        let (convolution, _) = self.convolution(w.shape, x.shape).expect("the shapes were checked");
        forward(&convolution, w.data, b.map(|b| b.data), x.data, out);
    }

    fn flops(&self, operands: &[DynShape], output: DynShape) -> u64 {
        let (&w, b, &x) = with_bias(operands);
        let (convolution, _) = self.convolution(w, x).expect("the shapes were checked");
        flops(&convolution).saturating_add(b.map_or(0, |_| output.elements() as u64))
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let (&w, b, &x) = with_bias(site.operands);
        let (w_shape, x_shape) = (emit.shape(w), emit.shape(x));
        let to_w = emit.push(self.to_weight(w_shape), &[x, cotangent]);
        let to_b = b.map(|_| {
            let rank = x_shape.len();
            let channel = rank - self.stride.len() - 1;
            emit.sum(cotangent, (0..rank).filter(|&axis| axis != channel).collect())
        });
        let to_x = emit.push(self.to_input(x_shape), &[w, cotangent]);
        match b {
            Some(_) => vec![Some(to_w), to_b, Some(to_x)],
            None => vec![Some(to_w), Some(to_x)],
        }
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let (&w, _, &x) = with_bias(site.operands);
        let (dw, db, dx) = match *tangents {
            [dw, db, dx] => (dw, db, dx),
            [dw, dx] => (dw, None, dx),
            _ => unreachable!("the arity was checked"),
        };
        let product = bilinear(emit, self, [w, x], [dw, dx]);
        let bias = db.map(|db| {
            let shape = emit.shape(site.output);
            let channel = shape.len() - self.stride.len() - 1;
            let column = shape.iter().enumerate().map(|(axis, &size)| if axis == channel { size } else { 1 });
            let db = emit.reshape(db, column.collect());
            emit.broadcast(db, shape)
        });
        emit.total([product, bias])
    }
}

impl ConvInput {
    /// The convolution it is adjoint to, and the shape of its images.
    pub(crate) fn convolution(&self, w: DynShape, d: DynShape) -> Result<(Convolution, DynShape), String> {
        let spatial = w.len().checked_sub(2).ok_or("the weight must be [OUT, IN, kernel..]")?;
        if self.spatial.len() != spatial {
            return Err(format!(
                "the spatial sizes {} must be one for each of {spatial} axes of the kernel",
                self.spatial
            ));
        }
        let (batch, _, _) = image(&d, spatial)?;
        let channels = w[1].checked_mul(self.groups).ok_or("it has too many channels")?;
        let x = image_shape(batch, channels, self.spatial.iter().copied());
        let (convolution, found) = attributes!(self).convolution(&w, &x)?;
        if found == d { Ok((convolution, x)) } else { Err(format!("images {x} have cotangents {found}, not {d}")) }
    }

    fn forward(&self) -> Conv {
        let Self { stride, padding, dilation, groups, .. } = *self;
        Conv { stride, padding, dilation, groups }
    }
}

impl Operation for ConvInput {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        self.convolution(operands[0], operands[1]).map(|(_, shape)| shape)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let [w, d] = [operands[0], operands[1]];
        let (convolution, _) = self.convolution(w.shape, d.shape).expect("the shapes were checked");
        to_input(&convolution, w.data, d.data, out);
    }

    fn flops(&self, operands: &[DynShape], _: DynShape) -> u64 {
        let (convolution, _) = self.convolution(operands[0], operands[1]).expect("the shapes were checked");
        flops(&convolution)
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let [w, d] = [site.operands[0], site.operands[1]];
        let to_weight = self.forward().to_weight(emit.shape(w));
        let to_w = emit.push(to_weight, &[cotangent, d]);
        let to_d = emit.push(self.forward(), &[w, cotangent]);
        vec![Some(to_w), Some(to_d)]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        bilinear(emit, self, [site.operands[0], site.operands[1]], [tangents[0], tangents[1]])
    }
}

impl ConvWeight {
    /// The convolution it is adjoint to, and the shape of its filters.
    pub(crate) fn convolution(&self, x: DynShape, d: DynShape) -> Result<(Convolution, DynShape), String> {
        let (_, input_channels, _) = image(&x, self.kernel.len())?;
        let (_, output_channels, _) = image(&d, self.kernel.len())?;
        if self.groups == 0 {
            return Err("there must be at least one group".to_owned());
        }
        let w = [output_channels, input_channels / self.groups].into_iter().chain(self.kernel.iter().copied());
        let w = w.collect();
        let (convolution, found) = attributes!(self).convolution(&w, &x)?;
        if found == d { Ok((convolution, w)) } else { Err(format!("images {x} have cotangents {found}, not {d}")) }
    }

    fn forward(&self) -> Conv {
        let Self { stride, padding, dilation, groups, .. } = *self;
        Conv { stride, padding, dilation, groups }
    }
}

impl Operation for ConvWeight {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        self.convolution(operands[0], operands[1]).map(|(_, shape)| shape)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let [x, d] = [operands[0], operands[1]];
        let (convolution, _) = self.convolution(x.shape, d.shape).expect("the shapes were checked");
        to_weight(&convolution, x.data, d.data, out);
    }

    fn flops(&self, operands: &[DynShape], _: DynShape) -> u64 {
        let (convolution, _) = self.convolution(operands[0], operands[1]).expect("the shapes were checked");
        flops(&convolution)
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let [x, d] = [site.operands[0], site.operands[1]];
        let to_input = self.forward().to_input(emit.shape(x));
        let to_x = emit.push(to_input, &[cotangent, d]);
        let to_d = emit.push(self.forward(), &[cotangent, x]);
        vec![Some(to_x), Some(to_d)]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        bilinear(emit, self, [site.operands[0], site.operands[1]], [tangents[0], tangents[1]])
    }
}
