//! The loop: an epoch of steps, then the test images.

use std::error::Error;
use std::time::{Duration, Instant};

use session::data::{Dataset, Digit, Mnist};
use session::optim::Sgd;
use session::optim::schedule::{OneCycle, Schedule};
use session::prelude::*;
use session::random::Rng;
use session_examples::Events;

use crate::model::LeNet;
use crate::progress::Progress;

/// The images of one step.
pub const BATCH: usize = 64;

/// How to train.
pub struct Plan {
    pub epochs: usize,
    pub rate: f64,
    pub momentum: f64,
    pub seed: u64,
}

/// What an epoch came to.
pub struct Epoch {
    /// The loss of every step.
    pub losses: Vec<f32>,
    /// The images that were recognised in the step that trained with them.
    pub train_accuracy: f64,
    pub test_accuracy: f64,
    pub time: Duration,
}

impl Epoch {
    /// The mean loss.
    pub fn loss(&self) -> f64 {
        self.losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / self.losses.len() as f64
    }

    /// Images trained with in a second, the test included in the time.
    pub fn images_per_second(&self) -> f64 {
        (self.losses.len() * BATCH) as f64 / self.time.as_secs_f64()
    }
}

/// Trains, and tests after every epoch.
pub fn train(
    s: &Session,
    net: &LeNet,
    data: &Mnist,
    plan: &Plan,
    mut events: Option<&mut Events>,
) -> Result<Vec<Epoch>, Box<dyn Error>> {
    let steps = data.train.len() / BATCH;
    let cycle = OneCycle::new(plan.rate, plan.epochs * steps);
    let mut optimizer = Sgd::new(plan.rate).momentum(plan.momentum);
    // Another stream than that of the initial weights: an order for every epoch.
    let mut orders = Rng::with_stream(plan.seed, 1);
    let progress = Progress::new(plan.epochs, steps * BATCH);
    let mut epochs = Vec::new();
    for epoch in 0..plan.epochs {
        let start = Instant::now();
        let (mut losses, mut recognised) = (Vec::with_capacity(steps), 0.0);
        for (images, labels) in data.train.batches::<BATCH>(orders.next_u64()) {
            let update = epoch * steps + losses.len();
            optimizer.set_rate(cycle.rate(update));

            s.reset_tape();
            let m = net.bind(s)?;
            let x = s.input(images)?;
            let y = s.input_nat_vec::<Dim<BATCH>>(&labels)?;
            let (loss, logits) = m.loss(s, x, y);
            s.keep(logits)?;
            let loss = s.step(loss, &mut optimizer)?;

            if !loss.is_finite() {
                let step = losses.len() + 1;
                return Err(
                    format!("the loss is {loss} at step {step} of epoch {}: try a lower --lr", epoch + 1).into()
                );
            }
            if let Some(events) = &mut events {
                events.scalar("loss", update as u64 + 1, f64::from(loss))?;
                events.scalar("rate", update as u64 + 1, cycle.rate(update))?;
            }
            recognised += s.value(logits)?.accuracy(&labels)?;
            losses.push(loss);
            progress.step(epoch, loss, BATCH);
        }
        let train_accuracy = recognised / steps as f64;
        let test_accuracy = test(s, net, &data.test)?.accuracy();
        if let Some(events) = &mut events {
            events.scalar("accuracy/train", epoch as u64 + 1, train_accuracy)?;
            events.scalar("accuracy/test", epoch as u64 + 1, test_accuracy)?;
            events.flush()?;
        }
        epochs.push(Epoch { losses, train_accuracy, test_accuracy, time: start.elapsed() });
        progress.epoch(epoch, &epochs[epoch]);
    }
    progress.finish();
    Ok(epochs)
}

/// How often images of each digit, the rows, were taken for each digit, the columns.
pub struct Confusion(pub [[usize; 10]; 10]);

impl Confusion {
    /// The part of the images that were recognised.
    pub fn accuracy(&self) -> f64 {
        let correct: usize = (0..10).map(|digit| self.0[digit][digit]).sum();
        correct as f64 / self.0.as_flattened().iter().sum::<usize>() as f64
    }
}

/// Tests with every image once.
pub fn test(s: &Session, net: &LeNet, data: &Dataset<f32, Digit>) -> Result<Confusion, session::Error> {
    let mut confusion = Confusion([[0; 10]; 10]);
    for (images, labels, count) in data.batches_padded::<100>() {
        s.reset_tape();
        let m = net.bind(s)?;
        let x = s.input(images)?;
        let guesses = s.value(m.forward(s, x))?.argmax_last();
        for (label, guess) in labels.into_iter().zip(guesses).take(count) {
            confusion.0[label][guess] += 1;
        }
    }
    Ok(confusion)
}
