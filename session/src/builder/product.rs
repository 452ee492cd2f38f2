//! Products and convolutions.

use super::call::define;
use super::{GraphBuilder, refuse};
use crate::Error;
use crate::ir::{DynShape, Id, MAX_RANK, PerAxis, PerSpatialAxis, op};

/// One number for each spatial axis.
pub(super) fn spatial(numbers: &[usize]) -> Result<PerSpatialAxis, Error> {
    PerSpatialAxis::try_new(numbers)
        .ok_or_else(|| refuse(format!("it takes 1 to 3 spatial axes, not {}", numbers.len())))
}

/// The sizes of the result of a transposed convolution.
fn enlarged(input: &[usize], kernel: &[usize], stride: &[usize], padding: &[usize]) -> Result<PerSpatialAxis, Error> {
    if [input.len(), stride.len(), padding.len()] != [kernel.len(); 3] {
        return Err(refuse(format!("it takes a stride and a padding for each of the {} spatial axes", kernel.len())));
    }
    (0..kernel.len())
        .map(|axis| {
            let before = input[axis].checked_sub(1).and_then(|steps| steps.checked_mul(stride[axis]));
            let size =
                before.and_then(|size| size.checked_add(kernel[axis])?.checked_sub(padding[axis].checked_mul(2)?));
            size.filter(|&size| size > 0).ok_or_else(|| {
                refuse(format!(
                    "spatial axis {axis} would be empty: ({} - 1) * {} + {} - 2 * {}",
                    input[axis], stride[axis], kernel[axis], padding[axis]
                ))
            })
        })
        .collect()
}

impl GraphBuilder {
    fn convolve(
        &mut self,
        [w, b, x]: [Id; 3],
        stride: &[usize],
        padding: &[usize],
        dilation: &[usize],
        groups: usize,
    ) -> Result<Id, Error> {
        let (stride, padding, dilation) = (spatial(stride)?, spatial(padding)?, spatial(dilation)?);
        self.push(op::Conv { stride, padding, dilation, groups }, &[w, b, x])
    }

    fn enlarge(&mut self, [w, b, x]: [Id; 3], stride: &[usize], padding: &[usize]) -> Result<Id, Error> {
        let [w_shape, b_shape, x_shape] = [self.shape(w)?, self.shape(b)?, self.shape(x)?];
        let count = w_shape.len().saturating_sub(2);
        if count == 0 || count > 3 || x_shape.len() < count + 1 || x_shape.len() > count + 2 {
            return Err(refuse("it takes a weight [IN, OUT, kernel..] and images [IN, ..] or [N, IN, ..]"));
        }
        let (channels, spatial) = (x_shape[x_shape.len() - count - 1], &x_shape[x_shape.len() - count..]);
        if channels != w_shape[0] {
            return Err(refuse(format!("the weight reads {} channels, the input has {channels}", w_shape[0])));
        }
        if b_shape != DynShape::new(&[w_shape[1]]) {
            return Err(refuse(format!("the weight gives {} channels, the bias has shape {b_shape}", w_shape[1])));
        }
        let spatial = enlarged(spatial, &w_shape[2..], stride, padding)?;
        let [stride, padding] = [stride, padding].map(PerSpatialAxis::new);
        let dilation = stride.iter().map(|_| 1).collect();
        let product = self.push(op::ConvInput { spatial, stride, padding, dilation, groups: 1 }, &[w, x])?;
        let emit = &mut self.emit();
        let shape = emit.shape(product);
        let channel = shape.len() - count - 1;
        let others: PerAxis = (0..shape.len()).filter(|&axis| axis != channel).collect();
        let bias = emit.expand(b, &others, shape);
        Ok(emit.add(product, bias))
    }

    /// The number of spatial axes of a weight, for forms that give one number for all of them.
    fn spatial_2d(&self, w: Id) -> Result<(), Error> {
        match self.shape(w)?.len() {
            4 => Ok(()),
            _ => Err(refuse("the weight must have two channel axes and two spatial axes")),
        }
    }
}

define! {
    /// The matrix product: each element one chain of fused multiply-adds, also over leading axes.
    "[.., K], [K, N] -> [.., N]; [M, K], [K] -> [M]; [B, M, K], [B, K, N] -> [B, M, N]" "matmul"
    matmul(a, b) g => g.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a, b]);
    /// The products of two stacks of matrices.
    "[B, M, K], [B, K, N] -> [B, M, N]" "bmm"
    bmm(a, b) g => {
        if g.shape(a)?.len() != 3 || g.shape(b)?.len() != 3 {
            return Err(refuse("it multiplies two stacks of matrices, of rank 3"));
        }
        g.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a, b])
    };
    /// `x wᵀ + b`.
    "w [O, I], b [O], x [.., I] -> [.., O]" "nn.functional.linear"
    linear(w, b, x) g => g.push(op::Linear {}, &[w, b, x]);

    /// Cross-correlation over one to three spatial axes, with a stride and a padding for each.
    "w [OUT, IN, k..], b [OUT], x [N?, IN, ..] -> [N?, OUT, ..]" "nn.functional.conv1d, conv2d, conv3d"
    conv(w, b, x; stride: sizes, padding: sizes) g => {
        // A list that is longer is refused with the strides.
        let dilation = &[1; MAX_RANK][..stride.len().min(MAX_RANK)];
        g.convolve([w, b, x], stride, padding, dilation, 1)
    };
    /// Cross-correlation with one stride and one padding for both axes.
    "w [OUT, IN, KH, KW], b [OUT], x [N?, IN, H, W] -> [N?, OUT, H', W']" "nn.functional.conv2d"
    conv2d(w, b, x; stride: size, padding: size) g => {
        g.spatial_2d(w)?;
        g.convolve([w, b, x], &[stride; 2], &[padding; 2], &[1; 2], 1)
    };
    /// Cross-correlation with dilation and groups; as many groups as channels is a depthwise convolution.
    "w [OUT, IN / groups, k..], b [OUT], x [N?, IN, ..] -> [N?, OUT, ..]" "nn.functional.conv1d, conv2d, conv3d"
    conv_grouped(w, b, x; stride: sizes, padding: sizes, dilation: sizes, groups: size) g =>
        g.convolve([w, b, x], stride, padding, dilation, groups);
    /// Transposed convolution: the adjoint of `conv` in its input, of size `(in - 1) s + k - 2p` along each
    /// axis, plus a bias. (≠) The size must be at least 1.
    "w [IN, OUT, k..], b [OUT], x [N?, IN, ..] -> [N?, OUT, ..]"
    "nn.functional.conv_transpose1d, conv_transpose2d, conv_transpose3d"
    conv_transpose(w, b, x; stride: sizes, padding: sizes) g => g.enlarge([w, b, x], stride, padding);
    /// Transposed convolution with one stride and one padding for both axes.
    "w [IN, OUT, KH, KW], b [OUT], x [N?, IN, H, W] -> [N?, OUT, H', W']" "nn.functional.conv_transpose2d"
    conv_transpose2d(w, b, x; stride: size, padding: size) g => {
        g.spatial_2d(w)?;
        g.enlarge([w, b, x], &[stride; 2], &[padding; 2])
    };
}
