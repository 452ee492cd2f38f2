//! Functions, and training steps made of them, on the devices of a plugin of PJRT.

use std::fmt;
use std::marker::PhantomData;

use session_pjrt::Element;

use super::arguments::{Arguments, Arriving, Input};
use super::results::{Answers, Results};
use super::{Body, Function, TrainingFunction};
use crate::Error;
use crate::export::Placement;
use crate::export::device::{Resident, download};
use crate::optim::Optimizer;
use crate::param::Cell;
use crate::scalar::Float;
use crate::session::step::device::{DeviceStep, OnDevice};

/// A function on devices, where its parameters stay: [`Function::on_device`].
pub struct DeviceFunction<T: Float, I, O> {
    body: Body<T>,
    resident: Resident<T>,
    types: PhantomData<fn(I) -> O>,
}

impl<T: Float + Element, I: Arguments<T>, O: Results<T>> Function<T, I, O> {
    /// Compiles the function for devices. What it exports is what runs there: docs/export.md says how it may differ.
    ///
    /// # Errors
    /// As [`to_stablehlo`](Self::to_stablehlo); [`Error::Export`] for what the placement cannot share out;
    /// [`Error::Device`] with what the compiler of the plugin says.
    pub fn on_device(self, placement: &Placement) -> Result<DeviceFunction<T, I, O>, Error> {
        let resident = Resident::new(self.module("function"), placement)?;
        Ok(DeviceFunction { body: self.body, resident, types: PhantomData })
    }
}

impl<T: Float + Element, I: Arguments<T>, O: Results<T>> DeviceFunction<T, I, O> {
    /// Runs the function, as [`Function::run`] does. Parameters go to the devices when they have changed.
    ///
    /// # Errors
    /// As [`Function::run`], and [`Error::Device`].
    pub fn run(&mut self, inputs: I::Values<'_>) -> Result<O::Values, Error> {
        let Self { body: Body { replay, order, inputs: expected, .. }, resident, .. } = self;
        I::set(inputs, &mut Arriving::new(expected, replay.inputs()))?;
        replay.check()?;
        Cell::update(order, || replay.follow());
        let leaves = replay.values();
        for (argument, leaf) in leaves.iter().enumerate() {
            resident.numbers(argument, leaf)?;
        }
        for (input, naturals) in replay.naturals().iter().enumerate() {
            resident.naturals(leaves.len() + input, naturals)?;
        }
        let results: Vec<_> = resident.run()?.iter().map(download).collect::<Result<_, _>>()?;
        Ok(O::values(&mut Answers::new(&mut results.into_iter().map(Some))))
    }
}

impl<T: Float, I, O> fmt::Debug for DeviceFunction<T, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs: Vec<_> = self.body.inputs().collect();
        write!(f, "DeviceFunction of {inputs:?}")
    }
}

/// A training step as a function of typed arguments, on devices: [`TrainingFunction::on_device`].
pub struct DeviceTrainingFunction<T: Float, I, P> {
    step: DeviceStep<T, P>,
    inputs: Vec<Input>,
    types: PhantomData<fn(I)>,
}

impl<T: Float + Element, I: Arguments<T>, P: Optimizer<T>> TrainingFunction<T, I, P> {
    /// Compiles the step for devices, as [`Step::on_device`](crate::Step::on_device) does.
    ///
    /// ```no_run
    /// use session::export::Placement;
    /// use session::export::pjrt::Plugin;
    /// use session::optim::Adam;
    /// use session::prelude::*;
    ///
    /// type X = TensorRef<shape![4, 2]>;
    /// type Y = TensorRef<shape![4, 1]>;
    /// let w = Param::new(Tensor::<f32, shape![1, 2]>::zeros()).named("w");
    /// let b = Param::new(Tensor::<f32, shape![1]>::zeros()).named("b");
    /// let loss = Function::record(
    ///     Options::default(),
    ///     &["x", "y"],
    ///     &["loss"],
    ///     |s| Ok((w.bind(s)?, b.bind(s)?)),
    ///     |s, (w, b), (x, y): (X, Y)| s.mse_loss(s.linear(w, b, x), y),
    /// )?;
    /// let client = Plugin::from_environment()?.client(&[])?;
    /// let mut step = loss.into_step(Adam::new(0.1))?.on_device(&Placement::on(&client.devices()?[0]))?;
    /// let x = Tensor::from_array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]);
    /// let y = Tensor::from_array([[1.0], [3.0], [2.0], [4.0]]);
    /// for _ in 0..500 {
    ///     step.run((&x, &y))?;
    /// }
    /// step.fetch()?;
    /// assert!((b.value()[[0]] - 1.0).abs() < 1e-2);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn on_device(self, placement: &Placement) -> Result<DeviceTrainingFunction<T, I, P>, Error> {
        let on_device = OnDevice::new(self.step(), self.module("step"), placement)?;
        let (step, inputs) = self.into_parts();
        Ok(DeviceTrainingFunction { step: DeviceStep::from_parts(step, on_device), inputs, types: PhantomData })
    }
}

impl<T: Float + Element, I: Arguments<T>, P: Optimizer<T>> DeviceTrainingFunction<T, I, P> {
    /// Runs the step. Gives the loss. Parameters and state change on the devices; [`fetch`](Self::fetch) brings them
    /// back.
    ///
    /// # Errors
    /// As [`TrainingFunction::run`] and [`DeviceStep::run`]. Nothing has changed on the devices then.
    ///
    /// # Panics
    /// As [`DeviceStep::run`].
    #[track_caller]
    pub fn run(&mut self, inputs: I::Values<'_>) -> Result<T, Error> {
        I::set(inputs, &mut Arriving::new(&self.inputs, self.step.inputs()))?;
        self.step.run(())
    }

    /// As [`DeviceStep::fetch`].
    ///
    /// # Errors
    /// As there.
    pub fn fetch(&mut self) -> Result<(), Error> {
        self.step.fetch()
    }

    /// As [`DeviceStep::optimizer`].
    pub fn optimizer(&mut self) -> &mut P {
        self.step.optimizer()
    }
}

impl<T: Float, I, P> fmt::Debug for DeviceTrainingFunction<T, I, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.step.fmt(f)
    }
}
