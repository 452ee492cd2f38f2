//! Stochastic gradient descent.

use super::{Fragment, Optimizer, OptimizerState, Setting};
use crate::ir::DynShape;
use crate::scalar::Float;

/// Stochastic gradient descent, with or without momentum, plain or Nesterov's (`torch.optim.SGD`).
///
/// With rate r, weight decay d and momentum m, each line rounded once; a line whose number is 0 is left out:
///
/// ```text
/// g  = d · p + g
/// v' = m · v + g           v starts at 0
/// g  = v'                  or g = m · v' + g, for Nesterov's
/// p' = -r · g + p
/// ```
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
    rate: Setting,
    momentum: Setting,
    weight_decay: Setting,
    nesterov: bool,
    state: OptimizerState<T>,
}

impl<T: Float> Sgd<T> {
    /// With this learning rate, no momentum and no weight decay.
    ///
    /// # Panics
    /// If the rate is negative or not finite.
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        Self {
            rate: Setting::new("rate", rate),
            momentum: Setting::new("momentum", 0.0),
            weight_decay: Setting::new("weight_decay", 0.0),
            nesterov: false,
            state: OptimizerState::default(),
        }
    }

    /// With this momentum.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum.set(momentum);
        self
    }

    /// Whether the momentum is Nesterov's: the gradient is followed from where the momentum leads. Without
    /// momentum it changes nothing (PyTorch refuses it then).
    ///
    /// ```
    /// # use session::{optim::Sgd, prelude::*};
    /// let s = Session::<f64>::new(Options::default());
    /// let w = Param::new(Tensor::<f64, shape![]>::from_array(1.0));
    /// let x = s.use_param(&w)?;
    /// s.step(s.mul(x, x), &mut Sgd::new(0.25).momentum(0.5).nesterov(true))?;
    /// // g = 2, v = 2, and g + 0.5 v = 3
    /// assert_eq!(w.value().value(), 0.25);
    /// # Ok::<(), session::Error>(())
    /// ```
    #[must_use]
    pub fn nesterov(mut self, nesterov: bool) -> Self {
        self.nesterov = nesterov;
        self
    }

    /// With this weight decay: the gradient of half its product with the square of the parameter is added.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay.set(weight_decay);
        self
    }

    /// Sets the momentum of the next step: together with [`set_rate`](Self::set_rate) for schedules that
    /// cycle both. Going to or from 0 changes the update: `Session::step` compiles a new tape for it, a compiled
    /// step refuses it.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn set_momentum(&mut self, momentum: f64) {
        self.momentum.set(momentum);
    }

    /// The learning rate of the next step.
    pub fn rate(&self) -> f64 {
        self.rate.value()
    }

    /// Sets the learning rate of the next step.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn set_rate(&mut self, rate: f64) {
        self.rate.set(rate);
    }

    fn has_momentum(&self) -> bool {
        self.momentum.value() != 0.0
    }

    fn has_decay(&self) -> bool {
        self.weight_decay.value() != 0.0
    }
}

/// Plain descent, `p' = -rate · g + p` rounded once, of one hyper-parameter.
pub(crate) fn descent(shape: DynShape) -> Fragment {
    Fragment::new(shape, 0, 1, |emit, parameter, gradient, _, hyper| {
        let rate = emit.neg(hyper[0]);
        vec![emit.axpy(rate, gradient, parameter)]
    })
}

fn fragment(shape: DynShape, momentum: bool, nesterov: bool, decay: bool) -> Fragment {
    if !momentum && !decay {
        return descent(shape);
    }
    let hyper_parameters = 1 + usize::from(momentum) + usize::from(decay);
    Fragment::new(shape, momentum.into(), hyper_parameters, |emit, parameter, mut gradient, state, hyper| {
        if decay {
            gradient = emit.axpy(hyper[hyper_parameters - 1], parameter, gradient);
        }
        let velocity = momentum.then(|| emit.axpy(hyper[1], state[0], gradient));
        let direction = match velocity {
            Some(velocity) if nesterov => emit.axpy(hyper[1], velocity, gradient),
            Some(velocity) => velocity,
            None => gradient,
        };
        let rate = emit.neg(hyper[0]);
        std::iter::once(emit.axpy(rate, direction, parameter)).chain(velocity).collect()
    })
}

impl<T: Float> Optimizer<T> for Sgd<T> {
    fn kind(&self) -> &'static str {
        match (self.has_momentum(), self.nesterov, self.has_decay()) {
            (false, _, false) => "sgd",
            (false, _, true) => "sgd weight_decay",
            (true, false, false) => "sgd momentum",
            (true, false, true) => "sgd momentum weight_decay",
            (true, true, false) => "sgd nesterov",
            (true, true, true) => "sgd nesterov weight_decay",
        }
    }

    fn fragment(&self, shape: DynShape) -> Fragment {
        fragment(shape, self.has_momentum(), self.nesterov, self.has_decay())
    }

    fn slots(&self) -> Vec<&'static str> {
        if self.has_momentum() { vec!["momentum_buffer"] } else { Vec::new() }
    }

    fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
        next(self.rate.value());
        if self.has_momentum() {
            next(self.momentum.value());
        }
        if self.has_decay() {
            next(self.weight_decay.value());
        }
    }

    fn scalar_names(&self) -> Vec<&'static str> {
        let mut names = vec!["rate"];
        names.extend(self.has_momentum().then_some("momentum"));
        names.extend(self.has_decay().then_some("weight_decay"));
        names
    }

    fn settings(&self, visit: &mut dyn FnMut(&Setting)) {
        [&self.rate, &self.momentum, &self.weight_decay].into_iter().for_each(visit);
    }

    fn settings_mut(&mut self, visit: &mut dyn FnMut(&mut Setting)) {
        [&mut self.rate, &mut self.momentum, &mut self.weight_decay].into_iter().for_each(visit);
    }

    fn state(&self) -> &OptimizerState<T> {
        &self.state
    }

    fn state_mut(&mut self) -> &mut OptimizerState<T> {
        &mut self.state
    }
}
