//! The folder that is written.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use session::DynParam;
use session::function::{Arguments, TrainingFunction};
use session::io::{checkpoint, safetensors};
use session::ir::DynShape;
use session::prelude::*;
use session_examples::{Chart, Events};

use crate::Flags;

type Step<I> = TrainingFunction<f32, I, Box<dyn Optimizer<f32>>>;

/// The batches of an input, one after the other.
pub struct Input {
    name: &'static str,
    /// Of one batch.
    shape: DynShape,
    numbers: Vec<f32>,
}

impl Input {
    /// Of numbers.
    pub fn new<S: Shape>(name: &'static str, numbers: Vec<f32>) -> Self {
        Self { name, shape: DynShape::of::<S>(), numbers }
    }

    /// Of indices, which are few enough for `f32` to count them.
    pub fn indices<S: Shape>(name: &'static str, indices: &[usize]) -> Self {
        Self::new::<S>(name, indices.iter().map(|&index| index as f32).collect())
    }
}

/// A step with all that it trains and all that it is trained with.
pub struct Training<I> {
    pub step: Step<I>,
    pub parameters: Vec<(String, DynParam<f32>)>,
    pub inputs: Vec<Input>,
}

impl<I: Arguments<f32>> Training<I> {
    /// Writes the folder, and trains if that is asked for; `run` runs the step with the batch of a number.
    pub fn export(
        mut self,
        flags: &Flags,
        mut run: impl FnMut(&mut Step<I>, usize) -> Result<f32, session::Error>,
    ) -> Result<(), Box<dyn Error>> {
        let out = flags.out();
        let path = |file: &str| out.join(file);
        fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;

        write(&path("step.mlir"), &self.step.to_stablehlo("step")?)?;
        write(&path("step.json"), &self.step.module("step").signature().to_json())?;
        write(&path("scalars.json"), &scalars(&self.step, flags.updates))?;
        let parameters: Vec<_> = self.parameters.iter().map(|(_, parameter)| parameter.clone()).collect();
        checkpoint::save(path("initial.safetensors"), &parameters, self.step.optimizer())?;
        let batches = flags.batches();
        let shape = |input: &Input| DynShape::new(&[&[batches], &input.shape[..]].concat());
        let tensors = self.inputs.iter().map(|input| (input.name, shape(input), &input.numbers[..]));
        safetensors::save(path("batches.safetensors"), &tensors.collect::<Vec<_>>())?;
        println!("wrote a step, {} updates and {batches} batches to {}", flags.updates, out.display());

        if flags.losses {
            if let Some(file) = &flags.resume {
                checkpoint::load(file, &parameters, self.step.optimizer())?;
            }
            let losses = self.train(flags, |step, update| run(step, (update - 1) % batches))?;
            let mut lines = String::new();
            for (update, loss) in &losses {
                writeln!(lines, r#"{{"update": {update}, "loss": {loss}}}"#)?;
            }
            write(&path("losses.jsonl"), &lines)?;
            write(&path("losses.svg"), &Chart::new(losses.iter().map(|&(_, loss)| loss), 1).svg("by the tape"))?;
            checkpoint::save(path("tape.safetensors"), &parameters, self.step.optimizer())?;
            println!("wrote the losses of the tape, and its last checkpoint, tape.safetensors");
        }
        Ok(())
    }

    /// Does the updates that are left, here. Gives the loss of each.
    fn train(
        &mut self,
        flags: &Flags,
        mut run: impl FnMut(&mut Step<I>, usize) -> Result<f32, session::Error>,
    ) -> Result<Vec<(usize, f32)>, Box<dyn Error>> {
        let mut events = flags.logdir.as_deref().map(Events::create).transpose()?;
        let mut losses = Vec::new();
        for update in self.step.optimizer().state().steps() + 1..=flags.updates {
            let loss = run(&mut self.step, update)?;
            if !loss.is_finite() {
                return Err(format!("the loss is {loss} at update {update}: try a lower --rate").into());
            }
            if let Some(events) = &mut events {
                events.scalar("loss", update as u64, loss.into())?;
            }
            losses.push((update, loss));
        }
        events.as_mut().map_or(Ok(()), Events::flush)?;
        Ok(losses)
    }
}

/// A line for each update: its scalars by name.
fn scalars<I: Arguments<f32>>(step: &Step<I>, updates: usize) -> String {
    let line = |update| {
        // Names of scalars have nothing to escape.
        let scalars = step.scalars(update).into_iter().map(|(name, value)| format!(r#""{name}": {value:?}"#));
        format!("{{{}}}", scalars.collect::<Vec<_>>().join(", "))
    };
    format!("[\n{}\n]\n", (1..=updates).map(line).collect::<Vec<_>>().join(",\n"))
}

fn write(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}
