//! Products and convolutions.

use super::super::{Session, TensorRef};
use crate::ir::{Op, PerSpatialAxis, op};
use crate::scalar::Float;
use crate::shapes::{
    BatchMatMul, Conv, Conv2d, Conv2dGrouped, ConvGrouped, ConvTranspose, ConvTranspose2d, Linear, MatMul,
};

/// Products.
impl<T: Float> Session<T> {
    /// The matrix product: `[M, K]·[K, N]`, `[.., K]·[K, N]`, `[M, K]·[K]` or `[B, M, K]·[B, K, N]`
    /// (`torch.matmul`).
    #[track_caller]
    pub fn matmul<A, B, C>(&self, a: TensorRef<A>, b: TensorRef<B>) -> TensorRef<C>
    where
        B: MatMul<A, Output = C>,
    {
        self.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a.raw(), b.raw()])
    }

    /// The products of two stacks of matrices: `[B, M, K]·[B, K, N]` (`torch.bmm`).
    #[track_caller]
    pub fn bmm<A, B, C>(&self, a: TensorRef<A>, b: TensorRef<B>) -> TensorRef<C>
    where
        B: BatchMatMul<A, Output = C>,
    {
        self.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a.raw(), b.raw()])
    }

    /// `x wᵀ + b` with `w: [O, I]`, `b: [O]`, `x: [.., I]` (`torch.nn.functional.linear`).
    #[track_caller]
    pub fn linear<W, B, X, Y>(&self, w: TensorRef<W>, b: TensorRef<B>, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: Linear<W, B, Output = Y>,
    {
        self.push(op::Linear {}, &[w.raw(), b.raw(), x.raw()])
    }

    /// Cross-correlation of images `[IN, H, W]` or `[N, IN, H, W]` with filters `[OUT, IN, KH, KW]`, plus a
    /// bias `[OUT]` (`torch.nn.functional.conv2d`).
    #[track_caller]
    pub fn conv2d<W, B, X, S, P, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
    ) -> TensorRef<Y>
    where
        P: Conv2d<W, B, X, S, Output = Y>,
    {
        let conv = convolution(&[P::STRIDE; 2], &[P::PADDING; 2]);
        self.push(conv, &[w.raw(), b.raw(), x.raw()])
    }

    /// Cross-correlation over one to three spatial axes, with a stride and a padding for each
    /// (`torch.nn.functional.conv1d`, `conv2d`, `conv3d`).
    #[track_caller]
    pub fn conv<W, B, X, S, P, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
    ) -> TensorRef<Y>
    where
        P: Conv<W, B, X, S, Output = Y>,
    {
        self.push(convolution(P::STRIDE, P::PADDING), &[w.raw(), b.raw(), x.raw()])
    }

    /// [`conv`](Self::conv) with a dilation for each axis, and groups: as many as channels for a depthwise
    /// convolution. Filters are `[OUT, IN / groups, ..]`.
    #[allow(clippy::too_many_arguments)]
    #[track_caller]
    pub fn conv_grouped<W, B, X, S, P, D, G, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
        _dilation: D,
        _groups: G,
    ) -> TensorRef<Y>
    where
        G: ConvGrouped<W, B, X, S, P, D, Output = Y>,
    {
        let [stride, padding, dilation] = [G::STRIDE, G::PADDING, G::DILATION].map(PerSpatialAxis::new);
        self.push(op::Conv { stride, padding, dilation, groups: G::GROUPS }, &[w.raw(), b.raw(), x.raw()])
    }

    /// [`conv2d`](Self::conv2d) with a dilation and groups: `Stride`, `Padding`, `Dilation`, `Groups`.
    #[allow(clippy::too_many_arguments)]
    #[track_caller]
    pub fn conv2d_grouped<W, B, X, S, P, D, G, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
        _dilation: D,
        _groups: G,
    ) -> TensorRef<Y>
    where
        G: Conv2dGrouped<W, B, X, S, P, D, Output = Y>,
    {
        let [stride, padding, dilation] =
            [G::STRIDE, G::PADDING, G::DILATION].map(|number| PerSpatialAxis::new(&[number; 2]));
        self.push(op::Conv { stride, padding, dilation, groups: G::GROUPS }, &[w.raw(), b.raw(), x.raw()])
    }

    /// Transposed convolution over one to three spatial axes: the adjoint of [`conv`](Self::conv) in its input,
    /// plus a bias. Filters are `[IN, OUT, ..]`; the size is `(in - 1) s + k - 2p`, at least 1, which early
    /// TorchLean did not ask (`torch.nn.functional.conv_transpose1d`, `conv_transpose2d`, `conv_transpose3d`).
    #[track_caller]
    pub fn conv_transpose<W, B, X, S, P, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
    ) -> TensorRef<Y>
    where
        P: ConvTranspose<W, B, X, S, Output = Y>,
    {
        let operands = [w.raw(), b.raw(), x.raw()];
        self.compose(operands, |g, [w, b, x]| g.conv_transpose(w, b, x, P::STRIDE, P::PADDING))
    }

    /// [`conv_transpose`](Self::conv_transpose) of images with one stride and one padding for both axes.
    #[track_caller]
    pub fn conv_transpose2d<W, B, X, S, P, Y>(
        &self,
        w: TensorRef<W>,
        b: TensorRef<B>,
        x: TensorRef<X>,
        _stride: S,
        _padding: P,
    ) -> TensorRef<Y>
    where
        P: ConvTranspose2d<W, B, X, S, Output = Y>,
    {
        let operands = [w.raw(), b.raw(), x.raw()];
        self.compose(operands, |g, [w, b, x]| g.conv_transpose2d(w, b, x, P::STRIDE, P::PADDING))
    }
}

fn convolution(stride: &[usize], padding: &[usize]) -> Op {
    let (stride, padding) = (PerSpatialAxis::new(stride), PerSpatialAxis::new(padding));
    Op::Conv(op::Conv { stride, padding, dilation: stride.iter().map(|_| 1).collect(), groups: 1 })
}
