//! Exports a training step with all that a run of it needs, for `launch.py`, which trains on many devices.
//!
//! ```text
//! cargo run --release --example distributed -- mnist --out target/distributed/mnist
//! python examples/distributed/launch.py target/distributed/mnist --mesh data=4 --shard Batch=data
//! ```
//!
//! docs/distributed.md tells it command by command.
//!
//! ```text
//! distributed/main.rs       the flags
//! distributed/training.rs   the models: their steps and their data
//! distributed/folder.rs     the folder that is written
//! distributed/launch.py     trains by the folder, in one process of possibly several
//! distributed/folder.py     the folder and checkpoints as the launcher reads them
//! distributed/supervise.py  starts the processes of one machine, and again when one of them dies
//! distributed/load.py       a module of StableHLO as a function of JAX
//! distributed/check.py      runs all of it on this machine and compares: a part of .ci/run
//! ```
//!
//! The folder holds
//!
//! * `step.mlir`, the training step as a module of StableHLO, compiled for a whole batch;
//! * `step.json`, what the module takes and gives, with the names of axes, which the launcher shards by;
//! * `scalars.json`, for each update the scalars of the step: rates, and what Adam derives from the number of updates;
//! * `initial.safetensors`, a checkpoint before the first update, as `session::io::checkpoint` writes it;
//! * `batches.safetensors`, a tensor for each input of the step, whose first axis counts the batches. Update n takes
//!   batch n - 1, and after the last one the first again. Numbers are f32, those of indices too;
//! * `losses.jsonl` and their curve, `losses.svg`, with `--losses` only: what the tape of this crate gives for the same
//!   updates. With `--logdir` TensorBoard shows them too.

#![forbid(unsafe_code)]

mod folder;
#[path = "../mnist/model.rs"]
mod lenet;
mod training;
#[path = "../course/09-transformer.rs"]
#[expect(dead_code, reason = "a program of the course, of which the model is wanted")]
mod writer;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use session::optim::{Adam, Sgd};
use session::prelude::Optimizer;
use session_examples::exit;

/// Exports a training step with its data, to be trained on many devices.
#[derive(Parser)]
struct Flags {
    /// What is trained
    model: Model,
    /// The examples of one update, on all devices together: 8, 16, 32, 64, 128 or 256
    #[arg(long, value_name = "NUMBER", default_value_t = 64)]
    batch: usize,
    /// How many updates there are
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = positive)]
    updates: usize,
    /// How many batches are written, which the updates take in turn [default: one for each update, at most 200]
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    batches: Option<usize>,
    #[arg(long, default_value = "adam")]
    optimizer: Kind,
    /// The learning rate [default: 0.05 for SGD, 0.002 for Adam]
    #[arg(long, value_name = "RATE", value_parser = rate)]
    rate: Option<f64>,
    /// Decides the initial parameters and the batches
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// The folder that is written [default: target/distributed/MODEL]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also trains the updates here, by the tape, and writes their losses
    #[arg(long)]
    losses: bool,
    /// Writes these losses to this folder, for `tensorboard --logdir DIR`
    #[arg(long, value_name = "DIR", requires = "losses")]
    logdir: Option<PathBuf>,
    /// The checkpoint from which `--losses` goes on; it may be the launcher's
    #[arg(long, value_name = "FILE", requires = "losses")]
    resume: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    /// The network of the mnist example on handwritten digits
    Mnist,
    /// The model of the ninth program of the course on a play
    Transformer,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// With momentum 0.9
    Sgd,
    Adam,
}

impl Flags {
    fn optimizer(&self) -> Box<dyn Optimizer<f32>> {
        match self.optimizer {
            Kind::Sgd => Box::new(Sgd::new(self.rate.unwrap_or(0.05)).momentum(0.9)),
            Kind::Adam => Box::new(Adam::new(self.rate.unwrap_or(0.002))),
        }
    }

    fn batches(&self) -> usize {
        self.batches.unwrap_or(200).min(self.updates)
    }

    fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            PathBuf::from("target/distributed").join(match self.model {
                Model::Mnist => "mnist",
                Model::Transformer => "transformer",
            })
        })
    }
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&number| number > 0).ok_or_else(|| "expected a positive number".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|&rate: &f64| rate > 0.0 && rate.is_finite());
    rate.ok_or_else(|| "expected a positive number".to_owned())
}

/// A type named `Batch` for each size: the name is what the launcher shards by, the size what the step is compiled for.
macro_rules! by_batch {
    ($flags:ident, $($module:ident $size:literal),*) => {{
        $(mod $module {
            session::dim!(pub Batch = $size);
        })*
        match ($flags.model, $flags.batch) {
            $((Model::Mnist, $size) => training::mnist::<$module::Batch>($flags),
            (Model::Transformer, $size) => training::transformer::<$module::Batch>($flags),)*
            (_, size) => {
                Err(format!("--batch {size}: expected one of {:?}", [$($size),*]).into())
            }
        }
    }};
}

fn export(flags: &Flags) -> Result<(), Box<dyn Error>> {
    by_batch!(flags, batch8 8, batch16 16, batch32 32, batch64 64, batch128 128, batch256 256)
}

fn main() -> ExitCode {
    exit(export(&Flags::parse()))
}
