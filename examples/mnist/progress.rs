//! What is seen while it trains: a bar in a terminal, a line an epoch elsewhere.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::training::Epoch;

/// The progress of a training.
pub struct Progress {
    bar: ProgressBar,
    epochs: usize,
}

impl Progress {
    /// Of so many epochs of so many images.
    pub fn new(epochs: usize, images: usize) -> Self {
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {msg}, {speed}, {eta} left")
            .expect("the template is well formed")
            .with_key("speed", |state: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{:.0} images/s", state.per_sec());
            });
        let bar = ProgressBar::new((epochs * images) as u64).with_style(style);
        Self { bar, epochs }
    }

    /// After a step.
    pub fn step(&self, epoch: usize, loss: f32, images: usize) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_prefix(format!("epoch {} of {}", epoch + 1, self.epochs));
        self.bar.set_message(format!("loss {loss:.4}"));
        self.bar.inc(images as u64);
    }

    /// After an epoch. Where there is no terminal, the bar hides, and this says what it would have shown.
    pub fn epoch(&self, epoch: usize, result: &Epoch) {
        if self.bar.is_hidden() {
            let (number, epochs, loss) = (epoch + 1, self.epochs, result.loss());
            eprintln!("epoch {number} of {epochs}: loss {loss:.4}, {:.0} images/s", result.images_per_second());
        }
    }

    /// Clears the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
