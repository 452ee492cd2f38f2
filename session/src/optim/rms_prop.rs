//! Steps by the mean square of the gradient.

use super::{Fragment, Optimizer, OptimizerState, Setting};
use crate::ir::DynShape;
use crate::scalar::Float;

/// RMSprop: the gradient divided by the root of its running mean square (`torch.optim.RMSprop`).
///
/// With rate r, a for alpha, e for eps, momentum m and weight decay d; each operation is rounded once, `· +` counting
/// as one; `1 - a` is computed on the host in `f64` and then rounded to T:
///
/// ```text
/// g  = d · p + g                         only if d is not 0
/// v' = a · v + (1 - a) (g g)             v, u and b start at 0
/// u' = (1 - a) · (g - u) + u             only if centered
/// s  = √v' + e                           if centered √max(v' - u' u', 0) + e
/// b' = m · b + g / s                     only if m is not 0; else b' = g / s
/// p' = -r · b' + p
/// ```
///
/// a is 0.99 and e 1e-8 if nothing else is said. Where rounding makes the centered variance negative, PyTorch gives
/// NaN and this gives 0.
///
/// ```
/// use session::optim::RmsProp;
/// use session::prelude::*;
///
/// let s = Session::<f32>::new(Options::default());
/// let w = Param::new(Tensor::<f32, shape![2]>::from_array([1.0, -20.0]));
/// let mut rms_prop = RmsProp::new(0.5).centered(true).momentum(0.5);
/// for _ in 0..400 {
///     s.reset_tape();
///     let x = s.use_param(&w)?;
///     rms_prop.set_rate(0.995 * rms_prop.rate());
///     s.step(s.sum(s.mul(x, x)), &mut rms_prop)?;
/// }
/// assert!(w.value().to_vec().iter().all(|w| w.abs() < 0.5), "{w:?}");
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RmsProp<T: Float = f32> {
    rate: Setting,
    alpha: Setting,
    eps: Setting,
    momentum: Setting,
    weight_decay: Setting,
    centered: bool,
    state: OptimizerState<T>,
}

impl<T: Float> RmsProp<T> {
    /// With this learning rate, PyTorch's default 0.01.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        Self {
            rate: Setting::new("rate", rate),
            alpha: Setting::below_one("alpha", 0.99),
            eps: Setting::new("eps", 1e-8),
            momentum: Setting::new("momentum", 0.0),
            weight_decay: Setting::new("weight_decay", 0.0),
            centered: false,
            state: OptimizerState::default(),
        }
    }

    /// With this weight of the past in the means.
    ///
    /// # Panics
    /// Unless it is at least 0 and below 1. PyTorch allows more, from where the mean does not come to rest.
    #[must_use]
    #[track_caller]
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha.set(alpha);
        self
    }

    /// With this number added to the root of the mean square.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps.set(eps);
        self
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

    /// Whether the gradient is divided by the root of its variance instead of that of its mean square.
    #[must_use]
    pub fn centered(mut self, centered: bool) -> Self {
        self.centered = centered;
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

fn fragment(shape: DynShape, centered: bool, momentum: bool, decay: bool) -> Fragment {
    let (states, shared) =
        (1 + usize::from(centered) + usize::from(momentum), 4 + usize::from(momentum) + usize::from(decay));
    Fragment::new(shape, states, shared, |emit, parameter, mut gradient, state, hyper| {
        let &[rate, alpha, rest, eps] = &hyper[..4] else { unreachable!("four hyper-parameters were asked for") };
        if decay {
            gradient = emit.axpy(hyper[shared - 1], parameter, gradient);
        }
        let news = emit.mul(gradient, gradient);
        let rest_of_each = emit.broadcast(rest, shape);
        let news = emit.mul(rest_of_each, news);
        let mut spread = emit.axpy(alpha, state[0], news);
        let mut states = vec![spread];
        if centered {
            let news = emit.sub(gradient, state[1]);
            let mean = emit.axpy(rest, news, state[1]);
            states.push(mean);
            let square = emit.mul(mean, mean);
            let difference = emit.sub(spread, square);
            let zero = emit.full(shape, 0.0);
            spread = emit.maximum(difference, zero);
        }
        let root = emit.sqrt(spread);
        let eps = emit.broadcast(eps, shape);
        let size = emit.add(root, eps);
        let mut direction = emit.div(gradient, size);
        if momentum {
            direction = emit.axpy(hyper[4], state[states.len()], direction);
            states.push(direction);
        }
        let rate = emit.neg(rate);
        states.insert(0, emit.axpy(rate, direction, parameter));
        states
    })
}

impl<T: Float> Optimizer<T> for RmsProp<T> {
    fn kind(&self) -> &'static str {
        match (self.centered, self.has_momentum(), self.has_decay()) {
            (false, false, false) => "rms_prop",
            (false, false, true) => "rms_prop weight_decay",
            (false, true, false) => "rms_prop momentum",
            (false, true, true) => "rms_prop momentum weight_decay",
            (true, false, false) => "rms_prop centered",
            (true, false, true) => "rms_prop centered weight_decay",
            (true, true, false) => "rms_prop centered momentum",
            (true, true, true) => "rms_prop centered momentum weight_decay",
        }
    }

    fn fragment(&self, shape: DynShape) -> Fragment {
        fragment(shape, self.centered, self.has_momentum(), self.has_decay())
    }

    fn slots(&self) -> Vec<&'static str> {
        let mut slots = vec!["square_avg"];
        slots.extend(self.centered.then_some("grad_avg"));
        slots.extend(self.has_momentum().then_some("momentum_buffer"));
        slots
    }

    fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
        next(self.rate.value());
        next(self.alpha.value());
        next(1.0 - self.alpha.value());
        next(self.eps.value());
        if self.has_momentum() {
            next(self.momentum.value());
        }
        if self.has_decay() {
            next(self.weight_decay.value());
        }
    }

    fn scalar_names(&self) -> Vec<&'static str> {
        let mut names = vec!["rate", "alpha", "one_minus_alpha", "eps"];
        names.extend(self.has_momentum().then_some("momentum"));
        names.extend(self.has_decay().then_some("weight_decay"));
        names
    }

    fn settings(&self, visit: &mut dyn FnMut(&Setting)) {
        [&self.rate, &self.alpha, &self.eps, &self.momentum, &self.weight_decay].into_iter().for_each(visit);
    }

    fn settings_mut(&mut self, visit: &mut dyn FnMut(&mut Setting)) {
        let Self { rate, alpha, eps, momentum, weight_decay, .. } = self;
        [rate, alpha, eps, momentum, weight_decay].into_iter().for_each(visit);
    }

    fn state(&self) -> &OptimizerState<T> {
        &self.state
    }

    fn state_mut(&mut self) -> &mut OptimizerState<T> {
        &mut self.state
    }
}
