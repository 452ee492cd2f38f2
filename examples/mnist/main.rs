//! Trains a small LeNet on handwritten digits and tests it.
//!
//! ```text
//! cargo run --release --example mnist
//! cargo run --release --example mnist -- --eval target/mnist/weights.safetensors
//! ```
//!
//! The same seed gives the same bits, on any number of threads.

#![forbid(unsafe_code)]

mod model;
mod progress;
mod report;
mod training;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use session::data::Mnist;
use session::prelude::{Dim, Model, Options, Session};
use session_examples::{Chart, Events, exit};

use model::LeNet;
use training::{BATCH, Confusion, Epoch, Plan};

/// Trains a small LeNet on handwritten digits and tests it.
#[derive(Parser)]
struct Flags {
    /// The folder with the four IDX files, gzipped or not [default: examples/data/mnist]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How often to train with every image
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    epochs: usize,
    /// The largest learning rate of the cycle
    #[arg(long, value_name = "RATE", default_value_t = 0.1, value_parser = rate)]
    lr: f64,
    /// The part of the last step that goes into the next: from 0 to below 1
    #[arg(long, value_name = "PART", default_value_t = 0.9, value_parser = momentum)]
    momentum: f64,
    /// Decides the initial weights and the order of the images
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
    /// How many threads compute [default: all cores]; the result does not depend on it
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// The folder for the weights, the loss curve and the graph of the loss
    #[arg(long, value_name = "DIR", default_value = "target/mnist")]
    out: PathBuf,
    /// Writes losses, rates and accuracies to this folder, for `tensorboard --logdir DIR`
    #[arg(long, value_name = "DIR", conflicts_with = "eval")]
    logdir: Option<PathBuf>,
    /// Loads these weights and only tests them; writes nothing
    #[arg(long, value_name = "FILE")]
    eval: Option<PathBuf>,
    /// Uses the first images only, this many to train and to test
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && f64::is_finite(rate) => Ok(rate),
        _ => Err("expected a positive number".to_owned()),
    }
}

fn momentum(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(momentum) if (0.0..1.0).contains(&momentum) => Ok(momentum),
        _ => Err("expected a number from 0 to below 1".to_owned()),
    }
}

fn main() -> ExitCode {
    exit(run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let data = load(flags)?;
    let mut options = Options::default().seed(flags.seed);
    if let Some(threads) = flags.threads {
        options = options.threads(threads.into());
    }
    let s = Session::new(options);
    let net = LeNet::new(flags.seed);

    if let Some(path) = &flags.eval {
        net.load_safetensors(path)?;
        return print_test(&training::test(&s, &net, &data.test)?);
    }
    // An hour of training should not end with a folder that cannot be written.
    check_writable(&flags.out)?;
    let mut events = flags.logdir.as_deref().map(Events::create).transpose()?;
    let Flags { epochs, lr: rate, momentum, seed, .. } = *flags;
    let epochs = training::train(&s, &net, &data, &Plan { epochs, rate, momentum, seed }, events.as_mut())?;
    let confusion = training::test(&s, &net, &data.test)?;
    finish(&net, &epochs, &flags.out)?;
    print_test(&confusion)
}

/// Reads the digits.
fn load(flags: &Flags) -> Result<Mnist, Box<dyn Error>> {
    let directory = flags.data.clone().unwrap_or_else(|| {
        let here = PathBuf::from("examples/data/mnist");
        if here.is_dir() { here } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist") }
    });
    let mut data = Mnist::load(&directory)?;
    if let Some(limit) = flags.limit {
        (data.train, data.test) = (data.train.truncated(limit), data.test.truncated(limit));
    }
    let (train, test, directory) = (data.train.len(), data.test.len(), directory.display());
    if test == 0 {
        return Err(format!("{directory}: no image to test with").into());
    }
    if train < BATCH && flags.eval.is_none() {
        return Err(format!("{directory}: {train} images to train with, a batch takes {BATCH}").into());
    }
    Ok(data)
}

/// Makes the folder and tries it with a file that is removed at once.
fn check_writable(directory: &Path) -> Result<(), Box<dyn Error>> {
    let probe = directory.join(format!(".writable-{}", std::process::id()));
    let attempt = || {
        fs::create_dir_all(directory)?;
        File::create_new(&probe)?;
        fs::remove_file(&probe)
    };
    attempt().map_err(|error| format!("{}: {error}", directory.display()).into())
}

/// Prints the training and writes the weights, the curve and the graph.
fn finish(net: &LeNet, epochs: &[Epoch], directory: &Path) -> Result<(), Box<dyn Error>> {
    let losses = epochs.iter().flat_map(|epoch| &epoch.losses).copied();
    let chart = Chart::new(losses, epochs.len());
    let [weights, curve, graph] = ["weights.safetensors", "loss.svg", "net.graph"].map(|name| directory.join(name));
    net.save_safetensors(&weights)?;
    let write = |path: &Path, text| fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()));
    write(&curve, chart.svg("loss of every step, and its mean"))?;
    // A graph is saved as its text; the example `inspect` shows it.
    write(&graph, net.compile_loss::<Dim<BATCH>>(Options::default())?.graph().to_string())?;

    let (table, plot) = (report::table(epochs), chart.terminal(72, 12));
    let [weights, curve, graph] = [&weights, &curve, &graph].map(|path| path.display());
    writeln!(io::stdout(), "{table}\n{plot}\nwrote {weights}, {curve} and {graph}\n")?;
    Ok(())
}

fn print_test(confusion: &Confusion) -> Result<(), Box<dyn Error>> {
    let accuracy = report::percent(confusion.accuracy());
    writeln!(io::stdout(), "{}\ntest accuracy: {accuracy}", report::confusion_matrix(confusion))?;
    Ok(())
}
