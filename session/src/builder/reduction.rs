//! The softmax family, reductions and losses.

use super::call::define;
use super::{GraphBuilder, finite, refuse};
use crate::Error;
use crate::ir::{Id, PerAxis, op};

impl GraphBuilder {
    fn last_axis(&self, x: Id) -> Result<usize, Error> {
        Ok(self.shape(x)?.len().saturating_sub(1))
    }

    fn all_axes(&self, x: Id) -> Result<PerAxis, Error> {
        Ok((0..self.shape(x)?.len()).collect())
    }

    fn elements(&self, x: Id) -> Result<f64, Error> {
        Ok(self.shape(x)?.elements() as f64)
    }
}

define! {
    /// `e / Σe` with `e = exp(x - max x)`, along the last axis. A scalar gives 1.
    "[.., C] -> [.., C]" "softmax"
    softmax(x) g => { let axis = g.last_axis(x)?; g.push(op::Softmax { axis }, &[x]) };
    /// Softmax along an axis.
    "S -> S" "softmax"
    softmax_axis(x; axis: size) g => g.push(op::Softmax { axis }, &[x]);
    /// `(x - max x) - ln Σ exp(x - max x)`, along the last axis. (≠) Its derivatives use e / Σe of the forward
    /// pass and never exp of the result, as early TorchLean did: they stay right where a probability rounds
    /// to 0.
    "[.., C] -> [.., C]" "log_softmax"
    log_softmax(x) g => { let axis = g.last_axis(x)?; g.push(op::LogSoftmax { axis }, &[x]) };
    /// Log-softmax along an axis.
    "S -> S" "log_softmax"
    log_softmax_axis(x; axis: size) g => g.push(op::LogSoftmax { axis }, &[x]);
    /// `ln Σ exp(x)` along the last axis, which is removed, computed with `x - max x`.
    "[.., C] -> [..]" "logsumexp"
    logsumexp(x) g => { let axis = g.last_axis(x)?; g.push(op::LogSumExp { axis }, &[x]) };
    /// `ln Σ exp(x)` along an axis, which is removed.
    "S -> S without the axis" "logsumexp"
    logsumexp_axis(x; axis: size) g => g.push(op::LogSumExp { axis }, &[x]);

    /// The sum of all elements.
    "S -> []" "sum"
    sum(x) g => { let axes = g.all_axes(x)?; g.push(op::Sum { axes }, &[x]) };
    /// The sum over an axis, which is removed.
    "S -> S without the axis" "sum"
    sum_axis(x; axis: size) g => g.push(op::Sum { axes: PerAxis::new(&[axis]) }, &[x]);
    /// The mean of all elements: the sum divided once.
    "S -> []" "mean"
    mean(x) g => { let axes = g.all_axes(x)?; g.push(op::Mean { axes }, &[x]) };
    /// The mean over an axis, which is removed: the sum divided once.
    "S -> S without the axis" "mean"
    mean_axis(x; axis: size) g => g.push(op::Mean { axes: PerAxis::new(&[axis]) }, &[x]);
    /// The variance of all elements around their mean, divided by one less than their number as PyTorch does:
    /// NaN for one element and for none. In two passes.
    "S -> []" "var"
    var(x) g => {
        let (shape, count, axes) = (g.shape(x)?, g.elements(x)?, g.all_axes(x)?);
        let mean = g.push(op::Mean { axes }, &[x])?;
        let emit = &mut g.emit();
        let mean = emit.broadcast(mean, shape);
        let centred = emit.sub(x, mean);
        let squares = emit.mul(centred, centred);
        let sum = emit.sum_all(squares);
        Ok(emit.div_scalar(sum, (count - 1.0).max(0.0)))
    };
    /// The largest element along an axis, which is removed; NaN wins. Equal entries share the gradient
    /// equally.
    "S -> S without the axis" "amax"
    max_axis(x; axis: size) g => g.push(op::Max { axis }, &[x]);
    /// The smallest element along an axis, which is removed; NaN wins. Equal entries share the gradient
    /// equally.
    "S -> S without the axis" "amin"
    min_axis(x; axis: size) g => {
        let negative = g.push(op::Neg {}, &[x])?;
        let largest = g.push(op::Max { axis }, &[negative])?;
        g.push(op::Neg {}, &[largest])
    };

    /// `Σ (prediction - target)² / N`. The target receives a gradient too.
    "S, S -> []" "nn.functional.mse_loss"
    mse_loss(prediction, target) g => g.push(op::MseLoss {}, &[prediction, target]);
    /// `Σ |prediction - target| / N`. The target receives a gradient too.
    "S, S -> []" "nn.functional.l1_loss"
    l1_loss(prediction, target) g => {
        let difference = g.push(op::Sub {}, &[prediction, target])?;
        let distance = g.push(op::Abs {}, &[difference])?;
        g.mean(distance)
    };
    /// The mean of `r² / 2` where `|r| <= delta`, else `delta (|r| - delta / 2)`, with the difference r. The
    /// target receives a gradient too.
    "S, S -> []" "nn.functional.huber_loss"
    huber_loss(prediction, target; delta: number) g => {
        if finite("delta", delta)? <= 0.0 {
            return Err(refuse(format!("delta must be positive, not {delta}")));
        }
        let difference = g.push(op::Sub {}, &[prediction, target])?;
        // With c the difference put between -delta and delta both cases are c (r - c / 2).
        let clamped = g.push(op::Clamp { lo: (-delta).into(), hi: delta.into() }, &[difference])?;
        let half = g.scale(clamped, 0.5)?;
        let rest = g.push(op::Sub {}, &[difference, half])?;
        let loss = g.push(op::Mul {}, &[clamped, rest])?;
        g.mean(loss)
    };
    /// The mean of `-(t ln σ(x) + (1 - t) ln (1 - σ(x)))`, computed as `(1 - t) x + softplus(-x)`. The target
    /// receives a gradient too.
    "S, S -> []" "nn.functional.binary_cross_entropy_with_logits"
    bce_with_logits(logits, target) g => {
        let rest = g.scalar_sub(target, 1.0)?;
        let linear = g.push(op::Mul {}, &[rest, logits])?;
        let negative = g.push(op::Neg {}, &[logits])?;
        let softplus = g.push(op::Softplus {}, &[negative])?;
        let loss = g.push(op::Add {}, &[linear, softplus])?;
        g.mean(loss)
    };
    /// The mean of `-log_softmax(logits)` at the labels. Labels are checked before a run; unchecked, one out
    /// of range contributes 0 and no gradient.
    "[.., C], nat [..] -> []" "nn.functional.cross_entropy"
    cross_entropy(logits | labels) g => g.push(op::CrossEntropy { labels }, &[logits]);
    /// The mean of `-x` at the labels, for x a log-softmax. Labels are checked as those of `cross_entropy`.
    "[.., C], nat [..] -> []" "nn.functional.nll_loss"
    nll_loss(x | labels) g => {
        let chosen = g.push(op::GatherLast { indices: labels }, &[x])?;
        let count = g.elements(chosen)?;
        let sum = g.sum(chosen)?;
        g.div_scalar(sum, -count)
    };
}
