//! Functions and training steps as modules of StableHLO.

use shapes::AxisNames;

use super::Step;
use super::function::{Arguments, Function, Results, TrainingFunction};
use super::replay::Replay;
use crate::Error;
use crate::export::{Argument, Module, Numbers, Output, Role};
use crate::ir::Id;
use crate::optim::Optimizer;
use crate::scalar::Float;

impl<T: Float, O: Optimizer<T>> Step<T, O> {
    /// The whole step as a module of StableHLO: parameters, their state, scalars and inputs go in; the parameters, their
    /// state and the loss come out.
    ///
    /// Arguments are, in order: each trained parameter with its state; the [scalars](Self::scalars); the other leaves of
    /// the recording, which are inputs and frozen parameters; the natural-number inputs, those that operations have
    /// captured included. Results are the parameters with their state in the order of the arguments, then the loss: what
    /// comes out goes into the next step. State begins as zeros. All parameters are taken to have had as many updates.
    ///
    /// ```
    /// use session::optim::Sgd;
    /// use session::prelude::*;
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// let w = Param::new(Tensor::<f32, shape![1, 2]>::zeros()).named("w");
    /// let b = Param::new(Tensor::<f32, shape![1]>::zeros()).named("b");
    /// let (wr, br) = (s.use_param(&w)?, s.use_param(&b)?);
    /// let x = s.input_named("x", Tensor::<f32, shape![4, 2]>::zeros())?;
    /// let t = s.input_named("t", Tensor::<f32, shape![4, 1]>::zeros())?;
    /// let loss = s.mse_loss(s.linear(wr, br, x), t);
    /// let step = s.compile_step(loss, Sgd::new(0.1))?;
    /// let text = step.to_stablehlo("step")?;
    /// assert!(text.contains(
    ///     "@main(%w: tensor<1x2xf32>, %b: tensor<1xf32>, %rate: tensor<f32>, %x: tensor<4x2xf32>, %t: tensor<4x1xf32>)"
    /// ));
    /// assert_eq!(step.scalars(1), [("rate".to_owned(), 0.1)]);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Module::to_stablehlo`].
    pub fn to_stablehlo(&self, name: &str) -> Result<String, Error> {
        self.module(name).to_stablehlo()
    }

    /// The scalars of a step's module with their values for the `update`-th update of the parameters, counted from 1:
    /// the hyper-parameters, the largest norm of the gradients if they are clipped, and what follows from the number of
    /// updates.
    pub fn scalars(&self, update: usize) -> Vec<(String, f64)> {
        let mut values = Vec::new();
        let optimizer = self.own_optimizer();
        optimizer.hyper_parameters(&mut |value| values.push(value));
        let shared = values.len();
        optimizer.step_parameters(update, &mut |value| values.push(value));
        let known = optimizer.scalar_names();
        let name = |index: usize| known.get(index).map_or_else(|| format!("scalar{index}"), |&name| name.to_owned());
        let mut scalars: Vec<(String, f64)> = (0..).map(name).zip(values).collect();
        if let Some(norm) = optimizer.max_norm() {
            scalars.insert(shared, ("max_norm".to_owned(), norm));
        }
        scalars
    }

    /// The step as a module to be printed, or to be asked for its [signature](Module::signature).
    pub fn module(&self, name: &str) -> Module<'_> {
        let (replay, compiled) = self.parts();
        let (graph, (groups, update)) = (compiled.tape.graph(), self.update());
        let value = |answer: usize| compiled.answers[answer].map(|output| compiled.tape.outputs()[output]);
        let recorded = replay.graph().leaves().len();
        let mut leaf = recorded;
        let mut next = || {
            leaf += 1;
            Id::new(leaf - 1)
        };

        let scalar = |(name, _)| Argument { name, role: Role::Scalar, leaves: Vec::new(), axis_names: &[] };
        let mut scalars: Vec<Argument> = self.scalars(1).into_iter().map(scalar).collect();
        let shared = update.shared();
        scalars.iter_mut().take(shared).for_each(|scalar| scalar.leaves.push(next()));
        let (mut arguments, mut results) = (Vec::new(), Vec::new());
        let mut inputs: Vec<Id> = (0..recorded).map(Id::new).collect();
        let mut answer = 1;
        for (index, ((cell, leaves), fragment)) in groups.iter().zip(&update.fragments).enumerate() {
            let name = cell.name().map_or_else(|| format!("p{index}"), |name| name.to_string());
            let slots = update.slots.iter().map(|slot| format!("{name}.{slot}"));
            let (role, axis_names) = (Role::State, cell.axis_names());
            for (tensor, name) in std::iter::once(name.clone()).chain(slots).enumerate() {
                let own = next();
                let value = value(answer).unwrap_or(own);
                results.push(Output { name: name.clone(), role, value, axis_names });
                let recorded: &[Id] = if tensor == 0 { leaves } else { &[] };
                arguments.push(Argument { name, role, leaves: [&[own], recorded].concat(), axis_names });
                answer += 1;
            }
            inputs.retain(|input| !leaves.contains(input));
            let own = scalars.iter_mut().skip(shared).take(fragment.step_parameters);
            own.for_each(|scalar| scalar.leaves.push(next()));
        }
        let seed = next();
        arguments.extend(scalars.into_iter().filter(|scalar| !scalar.leaves.is_empty()));
        arguments.extend(inputs.into_iter().map(|leaf| Argument::of(graph, leaf, role(replay, leaf))));
        let loss = value(0).expect("a step has a loss");
        results.push(Output { name: "loss".to_owned(), role: Role::Result, value: loss, axis_names: &[] });
        let module = Module::new(name, graph).numbers(Numbers::of::<T>()).with_captured(replay.captured());
        results.into_iter().fold(module.with_arguments(arguments, vec![(seed, 1.0)]), Module::output)
    }
}

/// What a leaf is for that a module does not change.
fn role<T: Float>(replay: &Replay<T>, leaf: Id) -> Role {
    let is_parameter = replay.used().iter().any(|&(used, _)| used == leaf);
    if is_parameter { Role::Parameter } else { Role::Input }
}

impl<T: Float, I: Arguments<T>, P: Optimizer<T>> TrainingFunction<T, I, P> {
    /// The whole step as a module of StableHLO, as [`Step::to_stablehlo`] has it, with the names of the arguments.
    ///
    /// # Errors
    /// As [`Module::to_stablehlo`].
    pub fn to_stablehlo(&self, name: &str) -> Result<String, Error> {
        self.module(name).to_stablehlo()
    }

    /// The step as a module to be printed, or to be asked for its [signature](Module::signature).
    pub fn module(&self, name: &str) -> Module<'_> {
        let module = self.step().module(name);
        self.naturals().fold(module, |module, (name, input)| module.natural_name(input, name))
    }

    /// As [`Step::scalars`].
    pub fn scalars(&self, update: usize) -> Vec<(String, f64)> {
        self.step().scalars(update)
    }
}

impl<T: Float, I: Arguments<T>, O: Results<T>> Function<T, I, O> {
    /// The function as a module of StableHLO: parameters and arguments go in, results come out.
    ///
    /// Arguments are the leaves of the recording, parameters first, then the natural-number inputs, those that operations
    /// have captured included.
    ///
    /// # Errors
    /// As [`Module::to_stablehlo`].
    pub fn to_stablehlo(&self, name: &str) -> Result<String, Error> {
        self.module(name).to_stablehlo()
    }

    /// The function as a module to be printed, or to be asked for its [signature](Module::signature).
    pub fn module(&self, name: &str) -> Module<'_> {
        let (replay, _) = self.parts();
        let graph = replay.graph();
        let leaves = graph.ids().take(graph.leaves().len());
        let arguments = leaves.map(|leaf| Argument::of(graph, leaf, role(replay, leaf))).collect();
        let module = Module::new(name, graph).numbers(Numbers::of::<T>()).with_captured(replay.captured());
        let module = self.naturals().fold(module, |module, (name, input)| module.natural_name(input, name));
        let result = |(name, value, axis_names): (&str, Id, AxisNames)| Output {
            name: name.to_owned(),
            role: Role::Result,
            value,
            axis_names,
        };
        self.results().map(result).fold(module.with_arguments(arguments, Vec::new()), Module::output)
    }
}
