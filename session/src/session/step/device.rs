//! Training steps on the devices of a plugin of PJRT.

use std::fmt;

use session_pjrt::Element;

use super::{Replayed, Step, StepInput, Updating};
use crate::Error;
use crate::export::device::{Resident, download};
use crate::export::{Entry, Module, Placement, Role};
use crate::ir::Id;
use crate::optim::Optimizer;
use crate::param::Cell;
use crate::scalar::Float;
use crate::session::inputs::Inputs;

/// A training step on devices, where parameters and the state of the optimiser stay from step to step:
/// [`Step::on_device`].
pub struct DeviceStep<T: Float, O> {
    step: Step<T, O>,
    on_device: OnDevice<T>,
}

/// Where the value of an argument comes from.
enum Source {
    /// The parameter of a group, or a tensor of its state, counted from 1.
    State { group: usize, tensor: usize },
    /// One of [`Step::scalars`].
    Scalar(usize),
    /// A leaf of the recording.
    Leaf(usize),
    /// A natural-number input.
    Naturals(usize),
}

impl<T: Float, O: Optimizer<T>> Step<T, O> {
    /// Compiles the step for devices. What it exports is what runs there: docs/export.md says how it may differ.
    ///
    /// # Errors
    /// As [`to_stablehlo`](Self::to_stablehlo); [`Error::Export`] for what the placement cannot share out;
    /// [`Error::Device`] with what the compiler of the plugin says.
    pub fn on_device(self, placement: &Placement) -> Result<DeviceStep<T, O>, Error>
    where
        T: Element,
    {
        let on_device = OnDevice::new(&self, self.module("step"), placement)?;
        Ok(DeviceStep::from_parts(self, on_device))
    }
}

impl<T: Float + Element, O: Optimizer<T>> DeviceStep<T, O> {
    /// Sets inputs and runs the step. Gives the loss. Parameters and state change on the devices; [`fetch`](Self::fetch)
    /// brings them back.
    ///
    /// Inputs are those of [`Step::run`]. Only what has changed goes to the devices: new inputs, hyper-parameters, and
    /// parameters and state that were given values here, be they those that they had before.
    ///
    /// # Errors
    /// As [`Step::run`], and [`Error::Device`]; [`Error::Export`] if parameters have had different numbers of updates and
    /// the optimiser asks for the number. Nothing has changed on the devices then.
    ///
    /// # Panics
    /// As [`Step::run`].
    #[track_caller]
    pub fn run(&mut self, inputs: impl StepInput<T>) -> Result<T, Error> {
        self.step.updating.check_kind(&self.step.optimizer);
        inputs.set(&mut self.inputs())?;
        self.advance()
    }

    /// Brings parameters and state back from the devices: to the [`Param`](crate::Param)s, and to the optimiser, so that
    /// both can be saved. What was given a value here since the last step keeps that, even one that it had before.
    ///
    /// # Errors
    /// [`Error::Device`].
    pub fn fetch(&mut self) -> Result<(), Error> {
        let Step { updating: Updating { trained, .. }, optimizer } = &mut self.step;
        let (groups, update) = (trained.groups(), trained.update());
        let OnDevice { resident, sources } = &mut self.on_device;
        Cell::update(trained.order(), || {
            for (argument, source) in sources.iter().enumerate() {
                let Source::State { group, tensor } = *source else { continue };
                let cell = &groups[group].0;
                match tensor.checked_sub(1) {
                    None => resident.fetch(argument, cell)?,
                    Some(slot) => {
                        let state = optimizer.state_mut().of(cell, &update.slots);
                        resident.fetch_numbers(argument, &mut state.tensors[slot])?;
                    }
                }
            }
            Ok(())
        })
    }

    /// The optimiser, for its hyper-parameters: they count from the next step on. Its state counts the steps; the tensors
    /// there are those of the last [`fetch`](Self::fetch), which is to come before a clone of the state that is kept. Given
    /// back after a step, the clone goes to the devices; a state that is set to itself stays what it is there.
    pub fn optimizer(&mut self) -> &mut O {
        &mut self.step.optimizer
    }

    /// The inputs, to be set.
    pub(in crate::session) fn inputs(&mut self) -> Inputs<'_, T> {
        self.step.inputs()
    }

    /// Runs the step with the inputs that are set.
    fn advance(&mut self) -> Result<T, Error> {
        let update_number = self.update_number()?;
        let scalars = self.step.scalars(update_number);
        let Step { updating: Updating { trained, replayed: Replayed { replay, compiled } }, optimizer } =
            &mut self.step;
        let (groups, update) = (trained.groups(), trained.update());
        let OnDevice { resident, sources } = &mut self.on_device;
        replay.check()?;
        Cell::update(trained.order(), || {
            // Frozen parameters are leaves too.
            replay.follow();
            for (argument, source) in sources.iter().enumerate() {
                match *source {
                    Source::State { group, tensor: 0 } => resident.parameter(argument, &groups[group].0),
                    Source::State { group, tensor } => {
                        let state = optimizer.state_mut().of(&groups[group].0, &update.slots);
                        resident.numbers(argument, &state.tensors[tensor - 1])
                    }
                    Source::Scalar(index) => resident.scalar(argument, scalars[index].1),
                    Source::Leaf(leaf) => resident.numbers(argument, &replay.values()[leaf]),
                    Source::Naturals(input) => resident.naturals(argument, &replay.naturals()[input]),
                }?;
            }
            let mut results = resident.run()?;
            let loss = download(&results.pop().expect("the last result is the loss"))?.as_slice()[0];
            // The parameters with their state are the first arguments, in the order of the results.
            let state = optimizer.state_mut();
            for (argument, (source, parts)) in sources.iter().zip(results).enumerate() {
                match *source {
                    Source::State { group, tensor } if tensor > 0 => {
                        let tensors = &mut state.of(&groups[group].0, &update.slots).tensors;
                        resident.replace_numbers(argument, &mut tensors[tensor - 1], parts);
                    }
                    _ => resident.replace(argument, parts),
                }
            }
            state.count_step();
            for (group, (cell, _)) in groups.iter().enumerate() {
                let updated = compiled.answers[1 + group * (1 + update.slots.len())].is_some();
                state.of(cell, &update.slots).updates += usize::from(updated);
            }
            Ok(loss)
        })
    }

    /// Which update of the parameters comes next, counted from 1.
    fn update_number(&self) -> Result<usize, Error> {
        let Step { updating: Updating { trained, replayed }, optimizer } = &self.step;
        let (groups, update, compiled) = (trained.groups(), trained.update(), &replayed.compiled);
        let mut numbers =
            groups.iter().zip(&update.fragments).enumerate().filter_map(|(group, ((cell, _), fragment))| {
                let updated = compiled.answers[1 + group * (1 + update.slots.len())].is_some();
                let counts = updated && fragment.step_parameters > 0;
                counts.then(|| 1 + optimizer.state().get(cell).map_or(0, |state| state.updates))
            });
        let first = numbers.next().unwrap_or(1);
        if numbers.all(|number| number == first) {
            return Ok(first);
        }
        let reason = "the parameters have had different numbers of updates: it has one for all".to_owned();
        Err(Error::Export { module: "step".to_owned(), reason })
    }
}

/// A step without its parts that run here.
pub(in crate::session) struct OnDevice<T> {
    resident: Resident<T>,
    sources: Vec<Source>,
}

impl<T: Float + Element> OnDevice<T> {
    /// Compiles the module of a step.
    pub(in crate::session) fn new<O>(
        step: &Step<T, O>,
        module: Module<'_>,
        placement: &Placement,
    ) -> Result<Self, Error> {
        let Updating { trained, replayed } = &step.updating;
        let (groups, update, replay) = (trained.groups(), trained.update(), &replayed.replay);
        let tensors = 1 + update.slots.len();
        let is_trained = |leaf: &usize| groups.iter().any(|(_, leaves)| leaves.contains(&Id::new(*leaf)));
        let mut leaves = (0..replay.graph().leaves().len()).filter(|leaf| !is_trained(leaf));
        let (mut states, mut scalars, mut naturals) = (0.., 0.., 0..);
        let arguments = module.signature().arguments;
        let source = |entry: &Entry| match entry.role {
            Role::State => states.next().map(|index| Source::State { group: index / tensors, tensor: index % tensors }),
            Role::Scalar => scalars.next().map(Source::Scalar),
            Role::Index => naturals.next().map(Source::Naturals),
            Role::Parameter | Role::Input | Role::Result => leaves.next().map(Source::Leaf),
        };
        let sources = arguments.iter().map(source).collect::<Option<_>>().expect("an argument for each leaf");
        Ok(Self { resident: Resident::new(module, placement)?, sources })
    }
}

impl<T: Float, O> DeviceStep<T, O> {
    pub(in crate::session) fn from_parts(step: Step<T, O>, on_device: OnDevice<T>) -> Self {
        Self { step, on_device }
    }
}

impl<T: Float, O> fmt::Debug for DeviceStep<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceStep of {} parameters", self.step.updating.trained.groups().len())
    }
}
