//! Steps by the moments of the gradient: Adam and AdamW.

use super::{Fragment, Optimizer, OptimizerState, Setting};
use crate::ir::DynShape;
use crate::scalar::{Float, Scalar};

macro_rules! adam {
    ($(#[$doc:meta])* $name:ident $kind:literal $weight_decay:literal $decay:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name<T: Float = f32> {
            rate: Setting,
            beta1: Setting,
            beta2: Setting,
            eps: Setting,
            weight_decay: Setting,
            state: OptimizerState<T>,
        }

        impl<T: Float> $name<T> {
            /// With this learning rate, PyTorch's default 0.001.
            ///
            /// # Panics
            /// If it is negative or not finite.
            #[track_caller]
            pub fn new(rate: f64) -> Self {
                Self {
                    rate: Setting::new("rate", rate),
                    beta1: Setting::below_one("beta1", 0.9),
                    beta2: Setting::below_one("beta2", 0.999),
                    eps: Setting::new("eps", 1e-8),
                    weight_decay: Setting::new("weight_decay", $weight_decay),
                    state: OptimizerState::default(),
                }
            }

            /// With these weights of the past in the means of the gradient and of its square.
            ///
            /// # Panics
            /// Unless both are at least 0 and below 1.
            #[must_use]
            #[track_caller]
            pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
                self.beta1.set(beta1);
                self.beta2.set(beta2);
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

            /// With this weight decay.
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

            fn has_decay(&self) -> bool {
                self.weight_decay.value() != 0.0
            }
        }

        impl<T: Float> Optimizer<T> for $name<T> {
            fn kind(&self) -> &'static str {
                if self.has_decay() { concat!($kind, " weight_decay") } else { $kind }
            }

            fn fragment(&self, shape: DynShape) -> Fragment {
                fragment(shape, self.has_decay().then_some($decay))
            }

            fn slots(&self) -> Vec<&'static str> {
                vec!["exp_avg", "exp_avg_sq"]
            }

            fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
                next(1.0 - self.beta1.value());
                next(self.beta2.value());
                next(1.0 - self.beta2.value());
                next(self.eps.value());
                if self.has_decay() {
                    next(match $decay {
                        Decay::OfGradient => self.weight_decay.value(),
                        Decay::OfParameter => self.rate.value() * self.weight_decay.value(),
                    });
                }
            }

            fn step_parameters(&self, update: usize, next: &mut dyn FnMut(f64)) {
                next(self.rate.value() / correction(self.beta1.value(), update));
                next(1.0 / correction(self.beta2.value(), update).sqrt());
            }

            fn scalar_names(&self) -> Vec<&'static str> {
                let mut names = vec!["one_minus_beta1", "beta2", "one_minus_beta2", "eps"];
                names.extend(self.has_decay().then_some(match $decay {
                    Decay::OfGradient => "weight_decay",
                    Decay::OfParameter => "rate_times_weight_decay",
                }));
                names.extend(["rate_over_correction1", "one_over_root_of_correction2"]);
                names
            }

            fn settings(&self, visit: &mut dyn FnMut(&Setting)) {
                [&self.rate, &self.beta1, &self.beta2, &self.eps, &self.weight_decay].into_iter().for_each(visit);
            }

            fn settings_mut(&mut self, visit: &mut dyn FnMut(&mut Setting)) {
                let Self { rate, beta1, beta2, eps, weight_decay, .. } = self;
                [rate, beta1, beta2, eps, weight_decay].into_iter().for_each(visit);
            }

            fn state(&self) -> &OptimizerState<T> {
                &self.state
            }

            fn state_mut(&mut self) -> &mut OptimizerState<T> {
                &mut self.state
            }
        }
    };
}

adam! {
    /// Adam: Kingma and Ba's steps by the running means of the gradient and of its square (`torch.optim.Adam`).
    ///
    /// With rate r, means b1 and b2, e for eps, weight decay d, and t the updates that the parameter has had, this one
    /// included. Each line but those of v' and s is rounded once an operation, `· +` counting as one; `1 - b` and what
    /// depends on t is computed on the host in `f64` and then rounded to T:
    ///
    /// ```text
    /// g  = d · p + g                         only if d is not 0; for AdamW p = -(r d) · p + p instead
    /// m' = (1 - b1) · (g - m) + m            m and v start at 0
    /// v' = b2 · v + (1 - b2) (g g)           b2 · v is added in the rounding of the sum
    /// s  = (1 / √(1 - b2^t)) · √v' + e
    /// p' = -(r / (1 - b1^t)) · (m' / s) + p
    /// ```
    ///
    /// b1 is 0.9, b2 0.999 and e 1e-8 if nothing else is said. Weight decay goes through the means here, and past them
    /// in [`AdamW`].
    ///
    /// ```
    /// use session::optim::Adam;
    /// use session::prelude::*;
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// let w = Param::new(Tensor::<f32, shape![1, 2]>::zeros());
    /// let b = Param::new(Tensor::<f32, shape![1]>::zeros());
    /// let x = Tensor::<f32, shape![4, 2]>::from_array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
    /// let y = Tensor::<f32, shape![4, 1]>::from_array([[1.0], [3.0], [2.0], [4.0]]);
    /// let mut adam = Adam::new(0.1);
    /// for _ in 0..300 {
    ///     s.reset_tape();
    ///     let (wr, br) = (s.use_param(&w)?, s.use_param(&b)?);
    ///     let (x, y) = (s.input(x.clone())?, s.input(y.clone())?);
    ///     s.step(s.mse_loss(s.linear(wr, br, x), y), &mut adam)?;
    /// }
    /// for (found, expected) in w.value().as_slice().iter().zip([1.0, 2.0]) {
    ///     assert!((found - expected).abs() < 0.01, "{found}");
    /// }
    /// # Ok::<(), session::Error>(())
    /// ```
    Adam "adam" 0.0 Decay::OfGradient
}

adam! {
    /// Adam with decoupled weight decay, by Loshchilov and Hutter (`torch.optim.AdamW`).
    ///
    /// The weight decay is 0.01 if nothing else is said. See [`Adam`] for the numbers.
    ///
    /// ```
    /// use session::optim::AdamW;
    /// use session::prelude::*;
    ///
    /// let s = Session::<f64>::new(Options::default());
    /// let w = Param::new(Tensor::<f64, shape![]>::from_array(1.0));
    /// let mut adam = AdamW::new(0.1).weight_decay(0.5);
    /// let x = s.use_param(&w)?;
    /// s.step(s.mul(x, x), &mut adam)?;
    /// // The first step is as long as the rate; beside it the weight loses 0.1 · 0.5 of itself.
    /// assert!((w.value().value() - (1.0 - 0.05 - 0.1)).abs() < 1e-8);
    /// # Ok::<(), session::Error>(())
    /// ```
    AdamW "adam_w" 1e-2 Decay::OfParameter
}

/// What weight decay is part of.
#[derive(Clone, Copy)]
enum Decay {
    OfGradient,
    OfParameter,
}

/// What a mean that started at 0 is divided by after so many updates.
#[inline(never)]
fn correction(beta: f64, updates: usize) -> f64 {
    // This crate's own power: the standard library's differs between platforms.
    1.0 - Scalar::pow(beta, updates as f64)
}

/// The update: shared hyper-parameters are 1 - b1, b2, 1 - b2, e and the weight decay, times the rate if it is that of
/// the parameter; of each parameter's own are r / (1 - b1^t) and 1 / √(1 - b2^t).
fn fragment(shape: DynShape, decay: Option<Decay>) -> Fragment {
    let shared = 4 + usize::from(decay.is_some());
    Fragment::with_step_parameters(shape, 2, shared, 2, |emit, mut parameter, mut gradient, state, hyper| {
        let (&[mean, square], &[rest1, beta2, rest2, eps]) = (state, &hyper[..4]) else {
            unreachable!("two states and at least four hyper-parameters were asked for")
        };
        let (step, scale) = (hyper[shared], hyper[shared + 1]);
        match decay {
            Some(Decay::OfGradient) => gradient = emit.axpy(hyper[4], parameter, gradient),
            Some(Decay::OfParameter) => {
                let decay = emit.neg(hyper[4]);
                parameter = emit.axpy(decay, parameter, parameter);
            }
            None => {}
        }
        let news = emit.sub(gradient, mean);
        let mean = emit.axpy(rest1, news, mean);
        let news = emit.mul(gradient, gradient);
        let rest2 = emit.broadcast(rest2, shape);
        let news = emit.mul(rest2, news);
        let square = emit.axpy(beta2, square, news);
        let root = emit.sqrt(square);
        let eps = emit.broadcast(eps, shape);
        let size = emit.axpy(scale, root, eps);
        let direction = emit.div(mean, size);
        let step = emit.neg(step);
        vec![emit.axpy(step, direction, parameter), mean, square]
    })
}
