//! Training steps made of functions.

use std::fmt;
use std::marker::PhantomData;

use super::arguments::{Arguments, Arriving, Input};
use super::{Body, Function};
use crate::Error;
use crate::ir::{DynShape, Graph, NatId};
use crate::optim::Optimizer;
use crate::reference::TensorRef;
use crate::scalar::Float;
use crate::session::Step;
use crate::tape::Tape;

/// A training step as a function of typed arguments: [`Function::into_step`].
pub struct TrainingFunction<T: Float, I, P> {
    step: Step<T, P>,
    inputs: Vec<Input>,
    types: PhantomData<fn(I)>,
}

impl<T: Float, I: Arguments<T>> Function<T, I, TensorRef<()>> {
    /// The training step whose loss this function gives.
    ///
    /// ```
    /// use session::optim::Sgd;
    /// use session::prelude::*;
    ///
    /// type X = TensorRef<shape![4, 2]>;
    /// type Y = TensorRef<shape![4, 1]>;
    /// let w = Param::new(Tensor::<f32, shape![1, 2]>::zeros());
    /// let b = Param::new(Tensor::<f32, shape![1]>::zeros());
    /// let loss = Function::record(
    ///     Options::default(),
    ///     &["x", "y"],
    ///     &["loss"],
    ///     |s| Ok((w.bind(s)?, b.bind(s)?)),
    ///     |s, (w, b), (x, y): (X, Y)| s.mse_loss(s.linear(w, b, x), y),
    /// )?;
    /// let mut step = loss.into_step(Sgd::new(0.1))?;
    /// let x = Tensor::from_array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
    /// let y = Tensor::from_array([[1.0], [3.0], [2.0], [4.0]]);
    /// for _ in 0..500 {
    ///     step.run((&x, &y))?;
    /// }
    /// assert!((b.value()[[0]] - 1.0).abs() < 1e-3);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// None at present.
    pub fn into_step<P: Optimizer<T>>(self, optimizer: P) -> Result<TrainingFunction<T, I, P>, Error> {
        let Body { replay, inputs, outputs, .. } = self.body;
        Ok(TrainingFunction { step: Step::new(replay, outputs[0].id, optimizer), inputs, types: PhantomData })
    }
}

impl<T: Float, I, P> TrainingFunction<T, I, P> {
    /// The step without the types of its arguments.
    pub(in crate::session) fn step(&self) -> &Step<T, P> {
        &self.step
    }

    /// The step, and the arguments that it is given.
    #[cfg(feature = "pjrt")]
    pub(super) fn into_parts(self) -> (Step<T, P>, Vec<Input>) {
        (self.step, self.inputs)
    }

    /// The natural-number inputs among the arguments.
    pub(in crate::session) fn naturals(&self) -> impl Iterator<Item = (&str, NatId)> {
        self.inputs.iter().filter_map(Input::natural)
    }
}

impl<T: Float, I: Arguments<T>, P: Optimizer<T>> TrainingFunction<T, I, P> {
    /// Runs the step: parameters are read at their current values and updated. Gives the loss.
    ///
    /// # Errors
    /// As [`Function::run`]; no parameter has changed then.
    ///
    /// # Panics
    /// As [`Step::run`].
    #[track_caller]
    pub fn run(&mut self, inputs: I::Values<'_>) -> Result<T, Error> {
        I::set(inputs, &mut Arriving::new(&self.inputs, self.step.inputs()))?;
        self.step.run(())
    }

    /// The names and shapes of the arguments.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = (&str, DynShape)> {
        self.inputs.iter().map(Input::describe)
    }

    /// As [`Step::graph`].
    pub fn graph(&self) -> &Graph {
        self.step.graph()
    }

    /// As [`Step::tape`].
    pub fn tape(&self) -> &Tape<T> {
        self.step.tape()
    }

    /// The optimiser, for its hyper-parameters and its state.
    pub fn optimizer(&mut self) -> &mut P {
        self.step.optimizer()
    }
}

impl<T: Float, I, P> fmt::Debug for TrainingFunction<T, I, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.step, f)
    }
}
