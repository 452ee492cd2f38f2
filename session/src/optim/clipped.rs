//! Clipping by the norm of all gradients.

use super::{Fragment, Optimizer, OptimizerState, Setting};
use crate::ir::{DynShape, Id};
use crate::ops::Emit;
use crate::scalar::Float;

/// An optimiser whose gradients are first made smaller where their norm, of all of them together, is larger than
/// `max_norm` (`torch.nn.utils.clip_grad_norm_`, then `optimizer.step()`).
///
/// Every gradient is multiplied by `min(1, max_norm / (norm + 1e-6))`. The norm is the root of the sum of all
/// squares: those of one parameter are summed in the order of [`Session::sum`](crate::Session::sum), then over
/// parameters in the order in which they were used first. While nothing is clipped the factor is 1 and the bits are
/// those of the optimiser alone. A gradient that holds a NaN makes the norm NaN and so every gradient; an infinite
/// norm makes the factor 0, infinite elements NaN and all others 0: as in PyTorch.
///
/// ```
/// use session::optim::{Clipped, Sgd};
/// use session::prelude::*;
///
/// let s = Session::<f64>::new(Options::default());
/// let w = Param::new(Tensor::<f64, shape![2]>::from_array([30.0, -40.0]));
/// let x = s.use_param(&w)?;
/// let loss = s.scale(s.sum(s.mul(x, x)), 0.5);
/// s.step(loss, &mut Clipped::new(Sgd::new(1.0), 5.0))?;
/// // The gradient has norm 50; a tenth of it is left.
/// assert!((w.value()[[0]] - 27.0).abs() < 1e-6 && (w.value()[[1]] + 36.0).abs() < 1e-6);
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Clipped<O> {
    optimizer: O,
    max_norm: Setting,
}

impl<O> Clipped<O> {
    /// This optimiser with gradients of at most this norm.
    ///
    /// # Panics
    /// If the norm is negative or not finite.
    #[track_caller]
    pub fn new(optimizer: O, max_norm: f64) -> Self {
        Self { optimizer, max_norm: Setting::new("max_norm", max_norm) }
    }

    /// Sets the largest norm in the next step.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn set_max_norm(&mut self, max_norm: f64) {
        self.max_norm.set(max_norm);
    }

    /// The optimiser that is given the clipped gradients.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }

    /// The same, for its hyper-parameters.
    pub fn optimizer_mut(&mut self) -> &mut O {
        &mut self.optimizer
    }
}

impl<T: Float, O: Optimizer<T>> Optimizer<T> for Clipped<O> {
    fn kind(&self) -> &'static str {
        self.optimizer.kind()
    }

    fn fragment(&self, shape: DynShape) -> Fragment {
        self.optimizer.fragment(shape)
    }

    fn slots(&self) -> Vec<&'static str> {
        self.optimizer.slots()
    }

    fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
        self.optimizer.hyper_parameters(next);
    }

    fn step_parameters(&self, update: usize, next: &mut dyn FnMut(f64)) {
        self.optimizer.step_parameters(update, next);
    }

    fn scalar_names(&self) -> Vec<&'static str> {
        self.optimizer.scalar_names()
    }

    fn max_norm(&self) -> Option<f64> {
        let own = self.max_norm.value();
        Some(self.optimizer.max_norm().map_or(own, |inner| inner.min(own)))
    }

    fn settings(&self, visit: &mut dyn FnMut(&Setting)) {
        self.optimizer.settings(visit);
        visit(&self.max_norm);
    }

    fn settings_mut(&mut self, visit: &mut dyn FnMut(&mut Setting)) {
        self.optimizer.settings_mut(visit);
        visit(&mut self.max_norm);
    }

    fn state(&self) -> &OptimizerState<T> {
        self.optimizer.state()
    }

    fn state_mut(&mut self) -> &mut OptimizerState<T> {
        self.optimizer.state_mut()
    }
}

/// Clips the gradients that are there by the norm of all of them.
pub(crate) fn clip(emit: &mut Emit<'_>, gradients: &mut [Option<Id>], max_norm: Id) {
    let mut sums = Vec::with_capacity(gradients.len());
    for &gradient in gradients.iter().flatten() {
        let squares = emit.mul(gradient, gradient);
        sums.push(Some(emit.sum_all(squares)));
    }
    let Some(sum) = emit.total(sums) else { return };
    let norm = emit.sqrt(sum);
    let divisor = emit.add_scalar(norm, 1e-6);
    let ratio = emit.div(max_norm, divisor);
    let one = emit.full(DynShape::SCALAR, 1.0);
    let factor = emit.minimum(ratio, one);
    for gradient in gradients.iter_mut().flatten() {
        let factor = emit.broadcast(factor, emit.shape(*gradient));
        *gradient = emit.mul(factor, *gradient);
    }
}
