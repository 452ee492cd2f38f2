//! Normalisation: the biased variance in two passes, ε under the square root.

use super::call::define;
use super::{GraphBuilder, countable, refuse};
use crate::Error;
use crate::ir::{DynShape, Id, op};
use crate::ops::Emit;

/// The ε of the session's methods that take none: that of TorchLean. PyTorch has 1e-5.
pub const DEFAULT_EPSILON: f64 = 1e-6;

fn checked(eps: f64) -> Result<f64, Error> {
    if eps.is_finite() && eps >= 0.0 {
        Ok(eps)
    } else {
        Err(refuse(format!("eps must be finite and not negative, not {eps}")))
    }
}

/// The mean over some axes and the variance around it, both with these axes removed, and `x - mean`.
fn moments(emit: &mut Emit<'_>, x: Id, axes: DynShape) -> (Id, Id, Id) {
    let shape = emit.shape(x);
    let mean = emit.push(op::Mean { axes }, &[x]);
    let expanded = emit.expand(mean, &axes, shape);
    let centred = emit.sub(x, expanded);
    let squares = emit.mul(centred, centred);
    let variance = emit.push(op::Mean { axes }, &[squares]);
    (mean, variance, centred)
}

/// `x / √(variance + ε)`, the variance repeated along the axes that it lacks.
fn standardise(emit: &mut Emit<'_>, x: Id, variance: Id, axes: DynShape, eps: f64) -> Id {
    let shape = emit.shape(x);
    let shifted = emit.add_scalar(variance, eps);
    let deviation = emit.sqrt(shifted);
    let deviation = emit.expand(deviation, &axes, shape);
    emit.div(x, deviation)
}

/// `x gamma + beta`, both repeated along the axes that they lack.
fn affine(emit: &mut Emit<'_>, x: Id, gamma: Id, beta: Option<Id>, axes: DynShape) -> Id {
    let shape = emit.shape(x);
    let gamma = emit.expand(gamma, &axes, shape);
    let scaled = emit.mul(x, gamma);
    match beta {
        Some(beta) => {
            let beta = emit.expand(beta, &axes, shape);
            emit.add(scaled, beta)
        }
        None => scaled,
    }
}

/// All axes but one.
fn others(shape: DynShape, kept: usize) -> DynShape {
    (0..shape.len()).filter(|&axis| axis != kept).collect()
}

impl GraphBuilder {
    /// The last axis of x and the others, if each parameter has its size.
    fn along_last(&self, x: Id, parameters: &[Id]) -> Result<(DynShape, DynShape), Error> {
        let shape = self.shape(x)?;
        let last = shape.len().checked_sub(1).ok_or_else(|| refuse("it takes at least one axis"))?;
        self.expect_size(parameters, "the last axis", shape[last])?;
        Ok((DynShape::new(&[last]), others(shape, last)))
    }

    /// The axes of images `[C, H, W]` or `[N, C, H, W]` except that of the channels.
    fn along_channels(&self, x: Id, parameters: &[Id]) -> Result<DynShape, Error> {
        let shape = self.shape(x)?;
        if !(3..=4).contains(&shape.len()) {
            return Err(refuse("it takes images [C, H, W] or [N, C, H, W]"));
        }
        let channel = shape.len() - 3;
        self.expect_size(parameters, "the channel axis", shape[channel])?;
        Ok(others(shape, channel))
    }

    fn expect_size(&self, parameters: &[Id], what: &str, size: usize) -> Result<(), Error> {
        for &parameter in parameters {
            let found = self.shape(parameter)?;
            if found != DynShape::new(&[size]) {
                return Err(refuse(format!("{what} has size {size}, a parameter has shape {found}")));
            }
        }
        Ok(())
    }

    /// Batch normalisation in training: the value, and the running mean and variance after this batch,
    /// `(1 - momentum) running + momentum batch`, which no gradient flows through.
    ///
    /// The value is normalised by the biased variance of the batch; the running one moves towards the unbiased
    /// variance. Shapes: `x [N?, C, H, W]`, the others `[C]`. PyTorch: `torch.nn.functional.batch_norm` with
    /// `training=True`, which changes the running statistics in place.
    ///
    /// # Errors
    /// As the other operations; [`Error::Rule`] if a channel has fewer than two elements.
    pub fn batch_norm_train(
        &mut self,
        x: Id,
        gamma: Id,
        beta: Id,
        [running_mean, running_var]: [Id; 2],
        momentum: f64,
        eps: f64,
    ) -> Result<[Id; 3], Error> {
        let operands = [x, gamma, beta, running_mean, running_var];
        let mut running = [x; 2];
        let value = self.operation("batch_norm_train", &operands, &mut |g| {
            let (axes, eps) = (g.along_channels(x, &operands[1..])?, checked(eps)?);
            if !(0.0..=1.0).contains(&momentum) {
                return Err(refuse(format!("the momentum must be from 0 to 1, not {momentum}")));
            }
            let shape = g.shape(x)?;
            let count: usize = axes.iter().map(|&axis| shape[axis]).product();
            if count < 2 {
                return Err(refuse("the variance of a channel needs at least two elements"));
            }
            let emit = &mut g.emit();
            let (mean, variance, centred) = moments(emit, x, axes);
            let correction = count as f64 / (count as f64 - 1.0);
            for (next, (batch, (before, factor))) in running
                .iter_mut()
                .zip([mean, variance].into_iter().zip([(running_mean, 1.0), (running_var, correction)]))
            {
                let batch = emit.push(op::Detach {}, &[batch]);
                let before = emit.push(op::Detach {}, &[before]);
                let batch = emit.scale(batch, momentum * factor);
                let before = emit.scale(before, 1.0 - momentum);
                *next = emit.add(before, batch);
            }
            let normal = standardise(emit, centred, variance, axes, eps);
            Ok(affine(emit, normal, gamma, Some(beta), axes))
        })?;
        Ok([value, running[0], running[1]])
    }
}

define! {
    /// `(x - mean) / √(variance + eps) gamma + beta` along the last axis.
    "x [.., E], gamma [E], beta [E] -> [.., E]" "nn.functional.layer_norm"
    layer_norm(x, gamma, beta; eps: number) g => {
        let ((last, leading), eps) = (g.along_last(x, &[gamma, beta])?, checked(eps)?);
        let emit = &mut g.emit();
        let (_, variance, centred) = moments(emit, x, last);
        let normal = standardise(emit, centred, variance, last, eps);
        Ok(affine(emit, normal, gamma, Some(beta), leading))
    };
    /// `x / √(mean of x² + eps) gamma` along the last axis.
    "x [.., E], gamma [E] -> [.., E]" "nn.functional.rms_norm"
    rms_norm(x, gamma; eps: number) g => {
        let ((last, leading), eps) = (g.along_last(x, &[gamma])?, checked(eps)?);
        let emit = &mut g.emit();
        let squares = emit.mul(x, x);
        let mean = emit.push(op::Mean { axes: last }, &[squares]);
        let normal = standardise(emit, x, mean, last, eps);
        Ok(affine(emit, normal, gamma, None, leading))
    };
    /// Each channel normalised by its own mean and variance: over the pixels of one image, or over all
    /// images and pixels of a batch.
    "x [N?, C, H, W], gamma [C], beta [C] -> [N?, C, H, W]" "nn.functional.batch_norm"
    batch_norm(x, gamma, beta; eps: number) g => {
        let (axes, eps) = (g.along_channels(x, &[gamma, beta])?, checked(eps)?);
        let emit = &mut g.emit();
        let (_, variance, centred) = moments(emit, x, axes);
        let normal = standardise(emit, centred, variance, axes, eps);
        Ok(affine(emit, normal, gamma, Some(beta), axes))
    };
    /// Each channel normalised by a mean and a variance that are given: the evaluation form (`training=False`).
    "x [N?, C, H, W], the others [C] -> [N?, C, H, W]" "nn.functional.batch_norm"
    batch_norm_eval(x, gamma, beta, mean, var; eps: number) g => {
        let (axes, eps) = (g.along_channels(x, &[gamma, beta, mean, var])?, checked(eps)?);
        let emit = &mut g.emit();
        let shape = emit.shape(x);
        let mean = emit.expand(mean, &axes, shape);
        let centred = emit.sub(x, mean);
        let normal = standardise(emit, centred, var, axes, eps);
        Ok(affine(emit, normal, gamma, Some(beta), axes))
    };
    /// The channels in groups, each group of each sample normalised by its mean and variance; gamma and beta
    /// for each channel. The groups divide the channels.
    "x [N, C, ..], gamma [C], beta [C] -> [N, C, ..]" "nn.functional.group_norm"
    group_norm(x, gamma, beta; groups: size, eps: number) g => {
        let (shape, eps) = (g.shape(x)?, checked(eps)?);
        if !(2..=5).contains(&shape.len()) {
            return Err(refuse("it takes samples with channels, [N, C, ..], and at most three spatial axes"));
        }
        g.expect_size(&[gamma, beta], "the channel axis", shape[1])?;
        if groups == 0 || shape[1] % groups != 0 {
            return Err(refuse(format!("{groups} groups must divide {} channels", shape[1])));
        }
        let rest = shape[1] / groups * shape[2..].iter().product::<usize>();
        // Any number of groups divides no channels.
        let groups = countable(DynShape::new(&[shape[0], groups, rest]))?;
        let emit = &mut g.emit();
        let grouped = emit.reshape(x, groups);
        let last = DynShape::new(&[2]);
        let (_, variance, centred) = moments(emit, grouped, last);
        let normal = standardise(emit, centred, variance, last, eps);
        let normal = emit.reshape(normal, shape);
        Ok(affine(emit, normal, gamma, Some(beta), others(shape, 1)))
    };
}
