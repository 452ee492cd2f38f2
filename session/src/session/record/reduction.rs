//! The softmax family, reductions and losses.

use super::super::{NatTensorRef, Session, TensorRef};
use crate::ir::{PerAxis, op};
use crate::scalar::Float;
use crate::shapes::{AxisOf, Labels, ReduceAxis, ReduceLast};

/// The softmax family, along the last axis. A scalar counts as one line of one element.
impl<T: Float> Session<T> {
    /// `e / Σe` with `e = exp(x - max x)` (`torch.softmax` with `dim=-1`).
    #[track_caller]
    pub fn softmax<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
        self.push(op::Softmax { axis: self.last_axis(x.raw()) }, &[x.raw()])
    }

    /// `(x - max x) - ln Σ exp(x - max x)` (`torch.log_softmax` with `dim=-1`).
    ///
    /// One node; its derivatives use e / Σe of the forward pass and never exp of the result, so they stay
    /// right where a probability rounds to 0. Early TorchLean differs here.
    #[track_caller]
    pub fn log_softmax<S>(&self, x: TensorRef<S>) -> TensorRef<S> {
        self.push(op::LogSoftmax { axis: self.last_axis(x.raw()) }, &[x.raw()])
    }

    /// [`softmax`](Self::softmax) along an axis.
    #[track_caller]
    pub fn softmax_axis<X, K>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<X>
    where
        K: AxisOf<X>,
    {
        self.push(op::Softmax { axis: K::AXIS }, &[x.raw()])
    }

    /// [`log_softmax`](Self::log_softmax) along an axis.
    #[track_caller]
    pub fn log_softmax_axis<X, K>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<X>
    where
        K: AxisOf<X>,
    {
        self.push(op::LogSoftmax { axis: K::AXIS }, &[x.raw()])
    }

    /// `ln Σ exp(x)` along the last axis, which is removed, computed with `x - max x` (`torch.logsumexp`). A line of
    /// -inf gives -inf.
    #[track_caller]
    pub fn logsumexp<X, Y>(&self, x: TensorRef<X>) -> TensorRef<Y>
    where
        X: ReduceLast<Output = Y>,
    {
        self.push(op::LogSumExp { axis: self.last_axis(x.raw()) }, &[x.raw()])
    }

    /// `ln Σ exp(x)` along an axis, which is removed, computed with `x - max x` (`torch.logsumexp`).
    #[track_caller]
    pub fn logsumexp_axis<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: ReduceAxis<X, Output = Y>,
    {
        self.push(op::LogSumExp { axis: K::AXIS }, &[x.raw()])
    }

    /// The mean of `-log_softmax(logits)` at the labels (`torch.nn.functional.cross_entropy`).
    ///
    /// `logits` is `[.., C]`, `labels` of the leading shape with numbers below C, which are checked before
    /// each run (see [`Options::check_indices`](crate::Options::check_indices)).
    #[track_caller]
    pub fn cross_entropy<X, L>(&self, logits: TensorRef<X>, labels: NatTensorRef<L>) -> TensorRef<()>
    where
        L: Labels<X>,
    {
        let labels = self.natural(labels.raw());
        self.push(op::CrossEntropy { labels }, &[logits.raw()])
    }

    /// The mean of `-x` at the labels, for x a log-softmax (`torch.nn.functional.nll_loss`). Shapes and labels
    /// as [`cross_entropy`](Self::cross_entropy).
    #[track_caller]
    pub fn nll_loss<X, L>(&self, x: TensorRef<X>, labels: NatTensorRef<L>) -> TensorRef<()>
    where
        L: Labels<X>,
    {
        let labels = self.natural(labels.raw());
        self.compose([x.raw()], |g, [x]| g.nll_loss(x, labels))
    }

    /// `Σ |prediction - target| / N`; the target receives a gradient too (`torch.nn.functional.l1_loss`).
    #[track_caller]
    pub fn l1_loss<S>(&self, prediction: TensorRef<S>, target: TensorRef<S>) -> TensorRef<()> {
        self.compose([prediction.raw(), target.raw()], |g, [prediction, target]| g.l1_loss(prediction, target))
    }

    /// The mean of `r² / 2` where `|r| <= delta`, else `delta (|r| - delta / 2)`, with the difference r
    /// (`torch.nn.functional.huber_loss`).
    ///
    /// # Panics
    /// If `delta` is not positive and finite; as every operation.
    #[track_caller]
    pub fn huber_loss<S>(&self, prediction: TensorRef<S>, target: TensorRef<S>, delta: f64) -> TensorRef<()> {
        let operands = [prediction.raw(), target.raw()];
        self.compose(operands, |g, [prediction, target]| g.huber_loss(prediction, target, delta))
    }

    /// The mean of `-(t ln σ(x) + (1 - t) ln (1 - σ(x)))`, computed as `(1 - t) x + softplus(-x)`; the target
    /// receives a gradient too (`torch.nn.functional.binary_cross_entropy_with_logits`).
    #[track_caller]
    pub fn bce_with_logits<S>(&self, logits: TensorRef<S>, target: TensorRef<S>) -> TensorRef<()> {
        self.compose([logits.raw(), target.raw()], |g, [logits, target]| g.bce_with_logits(logits, target))
    }

    /// `Σ (prediction - target)² / N`; the target receives a gradient too (`torch.nn.functional.mse_loss`).
    #[track_caller]
    pub fn mse_loss<S>(&self, prediction: TensorRef<S>, target: TensorRef<S>) -> TensorRef<()> {
        self.push(op::MseLoss {}, &[prediction.raw(), target.raw()])
    }
}

/// Sums and means.
impl<T: Float> Session<T> {
    /// The sum of all elements (`torch.sum`).
    #[track_caller]
    pub fn sum<S>(&self, x: TensorRef<S>) -> TensorRef<()> {
        let axes = (0..self.shape(x.raw()).len()).collect();
        self.push(op::Sum { axes }, &[x.raw()])
    }

    /// The sum over one axis, which is removed (`torch.sum` with `dim`).
    #[track_caller]
    pub fn sum_axis<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: ReduceAxis<X, Output = Y>,
    {
        self.push(op::Sum { axes: PerAxis::new(&[K::AXIS]) }, &[x.raw()])
    }

    /// The mean over one axis, which is removed: the sum divided once (`torch.mean` with `dim`).
    #[track_caller]
    pub fn mean_axis<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: ReduceAxis<X, Output = Y>,
    {
        self.push(op::Mean { axes: PerAxis::new(&[K::AXIS]) }, &[x.raw()])
    }

    /// The mean of all elements: the sum divided once (`torch.mean`).
    #[track_caller]
    pub fn mean<S>(&self, x: TensorRef<S>) -> TensorRef<()> {
        let axes = (0..self.shape(x.raw()).len()).collect();
        self.push(op::Mean { axes }, &[x.raw()])
    }

    /// The variance of all elements around their mean, divided by one less than their number: NaN for one
    /// element (`torch.var`). In two passes.
    #[track_caller]
    pub fn var<S>(&self, x: TensorRef<S>) -> TensorRef<()> {
        self.compose([x.raw()], |g, [x]| g.var(x))
    }

    /// The largest element along an axis, which is removed; NaN wins; equal entries share the gradient equally
    /// (`torch.amax`).
    ///
    /// # Panics
    /// If the axis is empty; as every operation.
    #[track_caller]
    pub fn max_axis<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: ReduceAxis<X, Output = Y>,
    {
        self.push(op::Max { axis: K::AXIS }, &[x.raw()])
    }

    /// The smallest element along an axis, which is removed; NaN wins; equal entries share the gradient equally
    /// (`torch.amin`).
    ///
    /// # Panics
    /// If the axis is empty; as every operation.
    #[track_caller]
    pub fn min_axis<X, K, Y>(&self, x: TensorRef<X>, _axis: K) -> TensorRef<Y>
    where
        K: ReduceAxis<X, Output = Y>,
    {
        self.compose([x.raw()], |g, [x]| g.min_axis(x, K::AXIS))
    }
}
