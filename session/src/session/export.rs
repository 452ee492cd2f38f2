//! Functions and training steps as modules of StableHLO.

use super::Step;
use super::function::{Arguments, Function, Results, TrainingFunction};
use crate::Error;
use crate::export::{Module, Numbers};
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

    pub(super) fn module(&self, name: &str) -> Module<'_> {
        let (replay, compiled) = self.parts();
        let (graph, (groups, update)) = (compiled.tape.graph(), self.update());
        let value = |answer: usize| compiled.answers[answer].map(|output| compiled.tape.outputs()[output]);
        let recorded = replay.graph().leaves().len();
        let mut leaf = recorded;
        let mut next = || {
            leaf += 1;
            Id::new(leaf - 1)
        };

        let mut scalars: Vec<(String, Vec<Id>)> =
            self.scalars(1).into_iter().map(|(name, _)| (name, Vec::new())).collect();
        let shared = update.shared();
        scalars.iter_mut().take(shared).for_each(|(_, leaves)| leaves.push(next()));
        let (mut arguments, mut results) = (Vec::new(), Vec::new());
        let mut inputs: Vec<Id> = (0..recorded).map(Id::new).collect();
        let mut answer = 1;
        for (index, ((cell, leaves), fragment)) in groups.iter().zip(&update.fragments).enumerate() {
            let name = cell.name().map_or_else(|| format!("p{index}"), |name| name.to_string());
            let slots = update.slots.iter().map(|slot| format!("{name}.{slot}"));
            for (tensor, name) in std::iter::once(name.clone()).chain(slots).enumerate() {
                let own = next();
                results.push((name.clone(), value(answer).unwrap_or(own)));
                let recorded: &[Id] = if tensor == 0 { leaves } else { &[] };
                arguments.push((name, [&[own], recorded].concat()));
                answer += 1;
            }
            inputs.retain(|input| !leaves.contains(input));
            let own = scalars.iter_mut().skip(shared).take(fragment.step_parameters);
            own.for_each(|(_, leaves)| leaves.push(next()));
        }
        let seed = next();
        arguments.extend(scalars.into_iter().filter(|(_, leaves)| !leaves.is_empty()));
        let input = |leaf: Id| {
            let name = graph.name(leaf).map_or_else(|| format!("x{}", leaf.index()), str::to_owned);
            (name, vec![leaf])
        };
        arguments.extend(inputs.into_iter().map(input));
        results.push(("loss".to_owned(), value(0).expect("a step has a loss")));
        let module = Module::new(name, graph).numbers(Numbers::of::<T>()).with_arguments(arguments, vec![(seed, 1.0)]);
        results.iter().fold(module, |module, (name, id)| module.result(name, *id))
    }
}

impl<T: Float, I: Arguments<T>, P: Optimizer<T>> TrainingFunction<T, I, P> {
    /// The whole step as a module of StableHLO, as [`Step::to_stablehlo`] has it, with the names of the arguments.
    ///
    /// # Errors
    /// As [`Module::to_stablehlo`].
    pub fn to_stablehlo(&self, name: &str) -> Result<String, Error> {
        self.module(name).to_stablehlo()
    }

    pub(super) fn module(&self, name: &str) -> Module<'_> {
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

    pub(super) fn module(&self, name: &str) -> Module<'_> {
        let module = Module::new(name, self.graph()).numbers(Numbers::of::<T>());
        let module = self.naturals().fold(module, |module, (name, input)| module.natural_name(input, name));
        self.results().fold(module, |module, (name, id)| module.result(name, id))
    }
}
