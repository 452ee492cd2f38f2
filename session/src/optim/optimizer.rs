//! What every optimiser says of itself.

use std::ops::{Deref, DerefMut};

use super::schedule::Schedule;
use super::{Fragment, OptimizerState, Setting};
use crate::ir::DynShape;
use crate::scalar::Float;

/// An optimiser: the fragment of its update, its hyper-parameters, and the state of each parameter
/// (`torch.optim.Optimizer`).
///
/// [`Session::step`](crate::Session::step) runs forward, reverse and update in one tape;
/// [`Session::compile_step`](crate::Session::compile_step) replays it.
///
/// A new one is written in a few lines. Here only the sign of the gradient counts, as g / |g|:
///
/// ```
/// use session::ir::DynShape;
/// use session::optim::{Fragment, OptimizerState, Setting};
/// use session::prelude::*;
///
/// struct SignSgd {
///     rate: Setting,
///     state: OptimizerState<f64>,
/// }
///
/// impl Optimizer<f64> for SignSgd {
///     fn kind(&self) -> &'static str {
///         "sign_sgd"
///     }
///     fn fragment(&self, shape: DynShape) -> Fragment {
///         Fragment::new(shape, 0, 1, |emit, parameter, gradient, _, hyper| {
///             let square = emit.mul(gradient, gradient);
///             let size = emit.sqrt(square);
///             let sign = emit.div(gradient, size);
///             let rate = emit.neg(hyper[0]);
///             vec![emit.axpy(rate, sign, parameter)]
///         })
///     }
///     fn slots(&self) -> Vec<&'static str> {
///         Vec::new()
///     }
///     fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
///         next(self.rate.value());
///     }
///     fn settings(&self, visit: &mut dyn FnMut(&Setting)) {
///         visit(&self.rate);
///     }
///     fn settings_mut(&mut self, visit: &mut dyn FnMut(&mut Setting)) {
///         visit(&mut self.rate);
///     }
///     fn state(&self) -> &OptimizerState<f64> {
///         &self.state
///     }
///     fn state_mut(&mut self) -> &mut OptimizerState<f64> {
///         &mut self.state
///     }
/// }
///
/// let s = Session::<f64>::new(Options::default());
/// let w = Param::new(Tensor::<f64, shape![2]>::from_array([3.0, -0.1]));
/// let x = s.use_param(&w)?;
/// let loss = s.sum(s.mul(x, x));
/// s.step(loss, &mut SignSgd { rate: Setting::new("rate", 0.5), state: OptimizerState::default() })?;
/// assert_eq!(w.value().to_vec(), [2.5, 0.4]);
/// # Ok::<(), session::Error>(())
/// ```
pub trait Optimizer<T: Float> {
    /// The name of the kind, another one for every other fragment: a compiled step refuses another kind than its own,
    /// and so does a checkpoint.
    fn kind(&self) -> &'static str;

    /// The update of a parameter of this shape. It depends on the kind alone: what else may change from step to step
    /// is a hyper-parameter.
    fn fragment(&self, shape: DynShape) -> Fragment;

    /// The names of the state tensors, in the order of the fragment's leaves.
    fn slots(&self) -> Vec<&'static str>;

    /// The hyper-parameters of the next step that all parameters share, in the order of the fragment's leaves:
    /// each is handed to `next`.
    fn hyper_parameters(&self, next: &mut dyn FnMut(f64));

    /// The hyper-parameters of a parameter's own `update`, counted from 1, likewise.
    fn step_parameters(&self, update: usize, next: &mut dyn FnMut(f64)) {
        let _ = (update, next);
    }

    /// The names of the hyper-parameters, then of the step parameters, in the order in which they are given: those of
    /// arguments in exports. What has none is numbered.
    fn scalar_names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The largest norm of all gradients together, if there is one: see [`Clipped`](super::Clipped).
    fn max_norm(&self) -> Option<f64> {
        None
    }

    /// The hyper-parameters as they are saved. The one named `rate` is what a schedule sets.
    fn settings(&self, visit: &mut dyn FnMut(&Setting));

    /// The same ones in the same order, to change.
    fn settings_mut(&mut self, visit: &mut dyn FnMut(&mut Setting));

    /// What it remembers.
    fn state(&self) -> &OptimizerState<T>;

    /// What it remembers, to change.
    fn state_mut(&mut self) -> &mut OptimizerState<T>;

    /// Gives the next step the learning rate that a schedule has for it, by the number of steps taken, which a
    /// checkpoint holds (`scheduler.step()`).
    ///
    /// # Panics
    /// If the schedule gives a rate that is negative or not finite.
    ///
    /// ```
    /// use session::optim::Adam;
    /// use session::optim::schedule::Cosine;
    /// use session::prelude::*;
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// let w = Param::new(Tensor::<f32, shape![2]>::ones());
    /// let (mut adam, cosine) = (Adam::new(0.0), Cosine { rate: 0.1, floor: 0.001, steps: 100 });
    /// for _ in 0..100 {
    ///     s.reset_tape();
    ///     let x = s.use_param(&w)?;
    ///     adam.follow(&cosine);
    ///     s.step(s.sum(s.mul(x, x)), &mut adam)?;
    /// }
    /// assert!(w.value().to_vec().iter().all(|w| w.abs() < 0.02));
    /// # Ok::<(), session::Error>(())
    /// ```
    #[track_caller]
    fn follow(&mut self, schedule: &dyn Schedule) {
        let step = self.state().steps();
        let rate = schedule.rate(step);
        let mut allowed = true;
        self.settings_mut(&mut |setting| {
            if setting.name() == "rate" {
                allowed = setting.allows(rate);
                if allowed {
                    setting.set(rate);
                }
            }
        });
        // Not in the closure, in which the caller's line would be lost.
        assert!(allowed, "the schedule gives step {step} the learning rate {rate}");
    }
}

macro_rules! pointers {
    ($($pointer:ty)*) => {$(
        impl<T: Float, O: Optimizer<T> + ?Sized> Optimizer<T> for $pointer {
            fn kind(&self) -> &'static str {
                (**self).kind()
            }
            fn fragment(&self, shape: DynShape) -> Fragment {
                (**self).fragment(shape)
            }
            fn slots(&self) -> Vec<&'static str> {
                (**self).slots()
            }
            fn hyper_parameters(&self, next: &mut dyn FnMut(f64)) {
                (**self).hyper_parameters(next);
            }
            fn step_parameters(&self, update: usize, next: &mut dyn FnMut(f64)) {
                (**self).step_parameters(update, next);
            }
            fn scalar_names(&self) -> Vec<&'static str> {
                (**self).scalar_names()
            }
            fn max_norm(&self) -> Option<f64> {
                (**self).max_norm()
            }
            fn settings(&self, visit: &mut dyn FnMut(&Setting)) {
                (**self).settings(visit);
            }
            fn settings_mut(&mut self, visit: &mut dyn FnMut(&mut Setting)) {
                (**self).settings_mut(visit);
            }
            fn state(&self) -> &OptimizerState<T> {
                (**self).state()
            }
            fn state_mut(&mut self) -> &mut OptimizerState<T> {
                (**self).state_mut()
            }
        }
    )*};
}

pointers! { Box<O> Borrowed<'_, O> }

/// An optimiser that may have no size, to be handed on as `dyn Optimizer`. Not an implementation for `&mut O`: the
/// methods of that would be found before those of `O`.
pub(crate) struct Borrowed<'a, O: ?Sized>(pub(crate) &'a mut O);

impl<O: ?Sized> Deref for Borrowed<'_, O> {
    type Target = O;

    fn deref(&self) -> &O {
        self.0
    }
}

impl<O: ?Sized> DerefMut for Borrowed<'_, O> {
    fn deref_mut(&mut self) -> &mut O {
        self.0
    }
}
