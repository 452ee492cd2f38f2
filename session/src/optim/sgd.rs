//! Stochastic gradient descent.

use super::{Fragment, Optimizer, OptimizerState};
use crate::ir::DynShape;
use crate::scalar::Float;

/// Stochastic gradient descent, with or without momentum (`torch.optim.SGD`).
///
/// Without momentum `p' = p - rate · g`, rounded once. With momentum m: `v' = m · v + g` and
/// `p' = p - rate · v'`, each rounded once; v starts at 0.
///
/// ```
/// use session::optim::Sgd;
/// use session::prelude::*;
///
/// let s = Session::<f64>::new(Options::default());
/// let w = Param::new(Tensor::<f64, shape![2]>::from_array([1.0, -2.0]));
/// let mut sgd = Sgd::new(0.25).momentum(0.9);
/// for _ in 0..2 {
///     s.reset_tape();
///     let x = s.use_param(&w)?;
///     let loss = s.sum(s.mul(x, x));
///     s.step(loss, &mut sgd)?;
/// }
/// // v: 2, then 0.9·2 + 1; w: 1 - 0.5, then 0.5 - 0.25·2.8
/// assert!((w.value()[[0]] - (0.5 - 0.25 * 2.8)).abs() < 1e-15);
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sgd<T: Float = f32> {
    rate: f64,
    momentum: f64,
    state: OptimizerState<T>,
}

impl<T: Float> Sgd<T> {
    /// With this learning rate and no momentum.
    pub fn new(rate: f64) -> Self {
        Self { rate, momentum: 0.0, state: OptimizerState::default() }
    }

    /// With this momentum.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// Sets the momentum of the next step: together with [`set_rate`](Self::set_rate) for schedules that
    /// cycle both. Going to or from 0 changes the update: `Session::step` compiles a new tape for it, a compiled
    /// step refuses it.
    pub fn set_momentum(&mut self, momentum: f64) {
        self.momentum = momentum;
    }

    /// The learning rate of the next step.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Sets the learning rate of the next step.
    pub fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
}

impl<T: Float> Optimizer<T> for Sgd<T> {
    fn fragment(&self, shape: DynShape) -> Fragment {
        if self.momentum == 0.0 {
            return Fragment::new(shape, 0, 1, |emit, parameter, gradient, _, hyper| {
                let rate = emit.neg(hyper[0]);
                vec![emit.axpy(rate, gradient, parameter)]
            });
        }
        Fragment::new(shape, 1, 2, |emit, parameter, gradient, state, hyper| {
            let velocity = emit.axpy(hyper[1], state[0], gradient);
            let rate = emit.neg(hyper[0]);
            vec![emit.axpy(rate, velocity, parameter), velocity]
        })
    }

    fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
        next(self.rate);
        if self.momentum != 0.0 {
            next(self.momentum);
        }
    }

    fn state(&mut self) -> &mut OptimizerState<T> {
        &mut self.state
    }
}
