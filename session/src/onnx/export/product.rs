//! Matrix products and convolutions.

use super::size::{Size, fixed};
use super::writer::{Writer, int, ints, pads};
use super::{Lower, Site, Value};
use crate::ir::PerSpatialAxis;
use crate::ir::op::{Conv, ConvInput, Linear, MatMul};

/// With the last two axes in the other order.
fn transposed(to: &mut Writer, x: &Value, wanted: bool) -> Value {
    if !wanted {
        return x.clone();
    }
    let rank = x.shape.len();
    let order: Vec<usize> = (0..rank - 2).chain([rank - 1, rank - 2]).collect();
    to.transpose(x, &order)
}

impl Lower for MatMul {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (a, b) = (site.operands[0], site.operands[1]);
        if a.shape.len() == 2 && b.shape.len() == 2 && (self.transpose_a || self.transpose_b) {
            let attributes =
                vec![int("transA", usize::from(self.transpose_a)), int("transB", usize::from(self.transpose_b))];
            return Ok(to.node("Gemm", &[&a.name, &b.name], attributes, site.shape.to_vec()));
        }
        let a = transposed(to, a, self.transpose_a);
        let b = transposed(to, b, self.transpose_b);
        Ok(to.node("MatMul", &[&a.name, &b.name], Vec::new(), site.shape.to_vec()))
    }
}

impl Lower for Linear {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (w, b, x) = (site.operands[0], site.operands[1], site.operands[2]);
        if x.shape.len() == 2 {
            let operands = [&*x.name, &w.name, &b.name];
            return Ok(to.node("Gemm", &operands, vec![int("transB", 1)], site.shape.to_vec()));
        }
        let w = transposed(to, w, true);
        let product = to.node("MatMul", &[&x.name, &w.name], Vec::new(), site.shape.to_vec());
        Ok(to.binary("Add", &product, b))
    }
}

/// Images with a batch axis, of size 1 where there is none.
fn batched(to: &mut Writer, x: &Value, spatial: usize) -> Result<Value, String> {
    if x.shape.len() == spatial + 2 {
        return Ok(x.clone());
    }
    let shape: Vec<Size> = [Size::Fixed(1)].into_iter().chain(x.shape.iter().copied()).collect();
    to.reshape(x, &shape)
}

/// The shape of images without such an axis, as it is with one.
fn images(shape: &[Size], spatial: usize) -> Vec<Size> {
    let batch = (shape.len() == spatial + 1).then_some(Size::Fixed(1));
    batch.into_iter().chain(shape.iter().copied()).collect()
}

impl Lower for Conv {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (w, x) = (site.operands[0], site.operands[site.operands.len() - 1]);
        let spatial = self.stride.len();
        let x = batched(to, x, spatial)?;
        let attributes = vec![
            ints("strides", self.stride.iter().copied()),
            pads(self.padding),
            ints("dilations", self.dilation.iter().copied()),
            int("group", self.groups),
        ];
        let mut operands = vec![&*x.name, &w.name];
        if let [_, b, _] = site.operands {
            operands.push(&b.name);
        }
        let product = to.node("Conv", &operands, attributes, images(site.shape, spatial));
        to.reshape(&product, site.shape)
    }
}

impl Lower for ConvInput {
    /// The transposed convolution, whose missing last cells ONNX calls its output padding.
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let (w, d) = (site.operands[0], site.operands[1]);
        let spatial = self.stride.len();
        let d = batched(to, d, spatial)?;
        let mut rest = Vec::new();
        for axis in 0..spatial {
            let (cells, kernel) = (d.shape[axis + 2].fixed()?, w.shape[axis + 2].fixed()?);
            let covered = (cells - 1) * self.stride[axis] + (kernel - 1) * self.dilation[axis] + 1;
            rest.push(self.spatial[axis] + 2 * self.padding[axis] - covered);
        }
        let attributes = vec![
            ints("strides", self.stride.iter().copied()),
            pads(self.padding),
            ints("dilations", self.dilation.iter().copied()),
            int("group", self.groups),
            ints("output_padding", rest),
        ];
        let operands = [&*d.name, &w.name];
        let product = to.node("ConvTranspose", &operands, attributes, images(site.shape, spatial));
        to.reshape(&product, site.shape)
    }
}

/// The sizes of a kernel, as ONNX asks for them.
pub(super) fn kernel_shape(kernel: PerSpatialAxis) -> crate::onnx::message::Attribute {
    ints("kernel_shape", kernel.iter().copied())
}

/// Images as `[N, C, ..]`, and the shape that the result has then: axes before them are one.
pub(super) fn flattened(
    to: &mut Writer,
    x: &Value,
    result: &[Size],
    spatial: usize,
) -> Result<(Value, Vec<Size>), String> {
    let leading = x.shape.len() - spatial;
    if leading == 2 {
        return Ok((x.clone(), result.to_vec()));
    }
    let mut channels = Size::Fixed(1);
    for &size in &x.shape[..leading] {
        channels = match (channels, size) {
            (Size::Fixed(a), Size::Fixed(b)) => Size::Fixed(a * b),
            (Size::Fixed(a), Size::Batch(b)) | (Size::Batch(a), Size::Fixed(b)) => Size::Batch(a * b),
            (Size::Batch(_), Size::Batch(_)) => return Err("several of its axes depend on the batch".to_owned()),
        };
    }
    let with = |spatial: &[Size]| [&[channels, Size::Fixed(1)][..], spatial].concat();
    let flat = to.reshape(x, &with(&x.shape[leading..]))?;
    Ok((flat, with(&result[leading..])))
}

/// The number of cells of a kernel as a shape.
pub(super) fn cells(kernel: PerSpatialAxis) -> Vec<Size> {
    fixed(&[kernel.elements()])
}
