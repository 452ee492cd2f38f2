//! Pooling.

use super::super::{Session, TensorRef};
use crate::ir::{PerSpatialAxis, op};
use crate::scalar::Float;
use crate::shapes::{LeadingAxes, Pool, Pool2d};

/// Pooling of images `[C, spatial..]` or `[N, C, spatial..]` with one to three spatial axes: ⌊(in + 2p - k) / s⌋ + 1
/// windows along each, k at most in + 2p and p at most k / 2. Early TorchLean let windows reach beyond the image.
impl<T: Float> Session<T> {
    /// The largest cell of each window of `[C, H, W]` or `[N, C, H, W]`; no padding
    /// (`torch.nn.functional.max_pool2d`).
    ///
    /// The gradient goes to the first of equal cells, row-major; NaN wins.
    #[track_caller]
    pub fn max_pool2d<X, K, S, Y>(&self, x: TensorRef<X>, _kernel: K, _stride: S) -> TensorRef<Y>
    where
        S: Pool2d<X, K, Output = Y>,
    {
        let (kernel, stride) = (PerSpatialAxis::new(&S::KERNEL), PerSpatialAxis::new(&[S::STRIDE; 2]));
        self.push(op::MaxPool { kernel, stride, padding: PerSpatialAxis::new(&[0, 0]) }, &[x.raw()])
    }

    /// The largest cell of each window over one to three spatial axes; padding never wins
    /// (`torch.nn.functional.max_pool1d`, `max_pool2d`, `max_pool3d`).
    #[track_caller]
    pub fn max_pool<X, K, S, P, Y>(&self, x: TensorRef<X>, _kernel: K, _stride: S, _padding: P) -> TensorRef<Y>
    where
        P: Pool<X, K, S, Output = Y>,
    {
        let [kernel, stride, padding] = [P::KERNEL, P::STRIDE, P::PADDING].map(PerSpatialAxis::new);
        self.push(op::MaxPool { kernel, stride, padding }, &[x.raw()])
    }

    /// The mean of each window of `[C, H, W]` or `[N, C, H, W]`; no padding (`torch.nn.functional.avg_pool2d`).
    #[track_caller]
    pub fn avg_pool2d<X, K, S, Y>(&self, x: TensorRef<X>, _kernel: K, _stride: S) -> TensorRef<Y>
    where
        S: Pool2d<X, K, Output = Y>,
    {
        let (kernel, stride) = (PerSpatialAxis::new(&S::KERNEL), PerSpatialAxis::new(&[S::STRIDE; 2]));
        self.push(op::AvgPool { kernel, stride, padding: PerSpatialAxis::new(&[0, 0]) }, &[x.raw()])
    }

    /// The mean of each window over one to three spatial axes; padding counts as 0 and in the divisor
    /// (`torch.nn.functional.avg_pool1d`, `avg_pool2d`, `avg_pool3d`).
    #[track_caller]
    pub fn avg_pool<X, K, S, P, Y>(&self, x: TensorRef<X>, _kernel: K, _stride: S, _padding: P) -> TensorRef<Y>
    where
        P: Pool<X, K, S, Output = Y>,
    {
        let [kernel, stride, padding] = [P::KERNEL, P::STRIDE, P::PADDING].map(PerSpatialAxis::new);
        self.push(op::AvgPool { kernel, stride, padding }, &[x.raw()])
    }

    /// `Σ x softmax(beta x)` over each window of `[C, H, W]` or `[N, C, H, W]`; no padding.
    ///
    /// As TorchLean documents it; its early code had the logarithm of the sum of exponentials, which is
    /// [`smooth_max_pool`](Self::smooth_max_pool) here.
    ///
    /// # Panics
    /// If `beta` is not finite or 0; as every operation.
    #[track_caller]
    pub fn smooth_max_pool2d<X, K, S, Y>(&self, x: TensorRef<X>, _kernel: K, _stride: S, beta: f64) -> TensorRef<Y>
    where
        S: Pool2d<X, K, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.smooth_max_pool2d(x, &S::KERNEL, S::STRIDE, beta))
    }

    /// `(1 / beta) ln Σ exp(beta x)` over the real cells of each window, over one to three spatial axes. In early
    /// TorchLean the padding counted as 0.
    ///
    /// # Panics
    /// If `beta` is not finite or 0; as every operation.
    #[track_caller]
    pub fn smooth_max_pool<X, K, S, P, Y>(
        &self,
        x: TensorRef<X>,
        _kernel: K,
        _stride: S,
        _padding: P,
        beta: f64,
    ) -> TensorRef<Y>
    where
        P: Pool<X, K, S, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.smooth_max_pool(x, P::KERNEL, P::STRIDE, P::PADDING, beta))
    }

    /// The mean over an axis and all later ones, which are removed: `s.global_avg_pool(x, Axis::<2>)` of images
    /// `[N, C, H, W]` is `[N, C]` (`torch.nn.functional.adaptive_avg_pool2d` to size 1).
    #[track_caller]
    pub fn global_avg_pool<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: LeadingAxes<X, Output = Y>,
    {
        let axes = (K::AXIS..self.shape(x.raw()).len()).collect();
        self.push(op::Mean { axes }, &[x.raw()])
    }
}
