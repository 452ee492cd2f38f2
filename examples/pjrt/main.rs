//! Trains on the devices of a plugin of PJRT: digits, the transformer block of the benchmark, or a larger transformer.
//!
//! ```text
//! export PJRT_PLUGIN=path/to/plugin.so
//! cargo run --release --example pjrt --features pjrt
//! cargo run --release --example pjrt --features pjrt -- --workload transformer --steps 20 --here 3
//! cargo run --release --example pjrt --features pjrt -- --cpu-devices 4 --devices 4
//! ```
//!
//! Beside it the same steps run here, `--here` of them. docs/pjrt.md says where plugins come from.

#![forbid(unsafe_code)]

mod models;
#[path = "../mnist/model.rs"]
mod network;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use session::data::Mnist;
use session::export::Placement;
use session::export::pjrt::{Device, Plugin, Value};
use session::function::TrainingFunction;
use session::optim::schedule::{OneCycle, Schedule};
use session::optim::{AdamW, Sgd};
use session::prelude::*;
use session::random::Rng;
use session_examples::{Events, data, exit};

use models::{Writer, block};
use network::LeNet;

/// Trains on the devices of the plugin in PJRT_PLUGIN.
#[derive(Parser)]
struct Flags {
    /// What to train
    #[arg(long, value_enum, default_value_t = Workload::Mnist)]
    workload: Workload,
    /// How often to train with every image of the digits
    #[arg(long, default_value_t = 1)]
    epochs: usize,
    /// The steps of the block and of the transformer
    #[arg(long, default_value_t = 50)]
    steps: usize,
    /// How many steps to time here, without the plugin
    #[arg(long, default_value_t = 10)]
    here: usize,
    /// Over how many devices to share out the batch
    #[arg(long, default_value_t = 1)]
    devices: usize,
    /// How many devices a plugin of CPUs is to have
    #[arg(long)]
    cpu_devices: Option<i64>,
    /// Writes losses to folders `there` and `here` in this one, for `tensorboard --logdir DIR`
    #[arg(long)]
    logdir: Option<PathBuf>,
    /// The folder with the digits [default: examples/data/mnist]
    #[arg(long)]
    data: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Workload {
    Mnist,
    Block,
    Transformer,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    exit(run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<()> {
    let plugin = Plugin::from_environment()?;
    let options: Vec<(&str, Value)> =
        flags.cpu_devices.iter().map(|&count| ("cpu_device_count", Value::Integer(count))).collect();
    let client = plugin.client(&options)?;
    let devices = client.devices()?;
    println!("{plugin:?}, {}, {} devices: {}", client.platform()?, devices.len(), devices[0].kind()?);
    let devices = devices.get(..flags.devices).filter(|devices| !devices.is_empty());
    let devices = devices.ok_or("--devices has to be from 1 to the number of devices")?;
    match flags.workload {
        Workload::Mnist => mnist(flags, devices),
        Workload::Block => {
            let start = Instant::now();
            let mut there = block()?.on_device(&Placement::over(devices).split("x", 0).split("y", 0))?;
            println!("compiled in {:.1} s", start.elapsed().as_secs_f64());
            timed(flags, "there", flags.steps, || there.run(()))?;
            let mut here = block()?;
            timed(flags, "here", flags.here, || here.run(()))
        }
        Workload::Transformer => {
            let (net, rng) = (Writer::new(0), &mut Rng::new(1));
            println!("{} parameters", net.num_parameters());
            let [text, next] = [(); 2].map(|()| -> Vec<usize> { (0..8 * 256).map(|_| rng.below(8192)).collect() });
            let (start, copy) = (Instant::now(), net.deep_clone());
            let compile = |net: &Writer| net.compile_loss::<Dim<8>>(Options::default())?.into_step(AdamW::new(1e-3));
            let mut there = compile(&net)?.on_device(&Placement::over(devices).split("text", 0).split("next", 0))?;
            println!("compiled in {:.1} s", start.elapsed().as_secs_f64());
            timed(flags, "there", flags.steps, || there.run((&text, &next)))?;
            let mut here = compile(&copy)?;
            timed(flags, "here", flags.here, || here.run((&text, &next)))
        }
    }
}

/// Runs steps, and prints their losses and how long one took, the first aside.
fn timed(
    flags: &Flags,
    place: &str,
    steps: usize,
    mut step: impl FnMut() -> std::result::Result<f32, Error>,
) -> Result<()> {
    if steps < 2 {
        return Ok(());
    }
    let (mut losses, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        let start = Instant::now();
        losses.push(step()?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    if let Some(logdir) = &flags.logdir {
        let mut events = Events::create(&logdir.join(place))?;
        for (step, &loss) in (1..).zip(&losses) {
            events.scalar("loss", step, loss.into())?;
        }
        events.flush()?;
    }
    let times = &mut seconds[1..];
    times.sort_by(f64::total_cmp);
    let (least, median) = (times[0] * 1e3, times[times.len() / 2] * 1e3);
    let at = steps.min(10);
    let (first, tenth, last) = (losses[0], losses[at - 1], losses[steps - 1]);
    println!(
        "{place}: {median:.3} ms a step, the least {least:.3}; loss {first:.6} at step 1, {tenth:.6} at {at}, {last:.6} at {steps}"
    );
    Ok(())
}

const BATCH: usize = 64;
type Images = TensorRef<shape![{ BATCH }, 1, 28, 28]>;
type Labels = NatTensorRef<shape![{ BATCH }]>;

fn mnist(flags: &Flags, devices: &[Device]) -> Result<()> {
    let digits = Mnist::load(flags.data.clone().unwrap_or_else(|| data("mnist")))?;
    let net = LeNet::new(0);
    let copy = net.deep_clone();
    let compile = |net: &LeNet| -> std::result::Result<TrainingFunction<f32, (Images, Labels), Sgd>, Error> {
        let body = |s: &Session<f32>, m: network::LeNetRefs, (x, labels)| m.loss(s, x, labels).0;
        Function::record(Options::default(), &["x", "labels"], &["loss"], |s| net.bind(s), body)?
            .into_step(Sgd::new(0.0).momentum(0.9))
    };
    let start = Instant::now();
    let mut there = compile(&net)?.on_device(&Placement::over(devices).split("x", 0).split("labels", 0))?;
    println!("compiled in {:.1} s", start.elapsed().as_secs_f64());

    let steps = digits.train.len() / BATCH;
    let cycle = OneCycle::new(0.1, flags.epochs * steps);
    let mut orders = Rng::with_stream(0, 1);
    let batches: Vec<u64> = (0..flags.epochs).map(|_| orders.next_u64()).collect();
    let mut here = compile(&copy)?;
    let mut batch = batches.iter().flat_map(|&order| digits.train.batches::<BATCH>(order)).enumerate();
    timed(flags, "there", flags.epochs * steps, || {
        let (step, (images, labels)) = batch.next().expect("as many batches as steps");
        there.optimizer().set_rate(cycle.rate(step));
        there.run((&images, &labels))
    })?;
    let mut batch = batches.iter().flat_map(|&order| digits.train.batches::<BATCH>(order)).enumerate();
    timed(flags, "here", flags.here.min(flags.epochs * steps), || {
        let (step, (images, labels)) = batch.next().expect("as many batches as steps");
        here.optimizer().set_rate(cycle.rate(step));
        here.run((&images, &labels))
    })?;

    there.fetch()?;
    let mut forward = net.compile_forward::<Dim<100>>(Options::default())?.on_device(&Placement::on(&devices[0]))?;
    let (mut right, mut tested) = (0, 0);
    for (images, labels, count) in digits.test.batches_padded::<100>() {
        let guesses = forward.run((&images,))?.argmax_last();
        right += guesses.iter().zip(&labels).take(count).filter(|(guess, label)| guess == label).count();
        tested += count;
    }
    println!("test accuracy: {:.2} %", 100.0 * right as f64 / tested as f64);
    Ok(())
}
