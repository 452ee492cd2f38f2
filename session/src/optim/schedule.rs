//! Learning rates as functions of the step.
//!
//! A schedule is plain data and its rate a pure function: a step can be repeated, skipped or
//! resumed from a checkpoint, and any step asked for. `torch.optim.lr_scheduler` in PyTorch, where
//! a schedule keeps a counter of its own.
//!
//! ```
//! use session::optim::schedule::{Cosine, Schedule, WarmUp};
//!
//! let schedule = WarmUp { steps: 100, then: Cosine { rate: 0.1, floor: 0.0, steps: 900 } };
//! assert_eq!(schedule.rate(0), 0.001);
//! assert_eq!(schedule.rate(100), 0.1);
//! assert_eq!(schedule.rate(1000), 0.0);
//! ```

use std::f64::consts::PI;

use crate::scalar::Scalar;

/// A learning rate for every step, counted from 0.
pub trait Schedule {
    /// The rate of a step. After the last step of the schedule, its last rate.
    fn rate(&self, step: usize) -> f64;
}

impl<S: Schedule + ?Sized> Schedule for &S {
    fn rate(&self, step: usize) -> f64 {
        (**self).rate(step)
    }
}

impl<S: Schedule + ?Sized> Schedule for Box<S> {
    fn rate(&self, step: usize) -> f64 {
        (**self).rate(step)
    }
}

/// The same rate for every step (`ConstantLR`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant(pub f64);

impl Schedule for Constant {
    fn rate(&self, _: usize) -> f64 {
        self.0
    }
}

/// `rate * factor^floor(step / every)` (`StepLR`).
///
/// ```
/// # use session::optim::schedule::{Schedule, Step};
/// let schedule = Step { rate: 0.5, every: 10, factor: 0.5 };
/// assert_eq!([schedule.rate(9), schedule.rate(10), schedule.rate(20)], [0.5, 0.25, 0.125]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The first rate.
    pub rate: f64,
    /// How many steps have one rate; 0 counts as 1.
    pub every: usize,
    /// What the rate is multiplied by after them.
    pub factor: f64,
}

impl Schedule for Step {
    fn rate(&self, step: usize) -> f64 {
        // Repeated products, since the bits of `powi` differ between platforms.
        (0..step / self.every.max(1)).fold(self.rate, |rate, _| rate * self.factor)
    }
}

/// Half a cosine from `rate` down to `floor` (`CosineAnnealingLR`).
///
/// `floor + (rate - floor) / 2 * (1 + cos(pi * step / steps))`, then `floor`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    /// The first rate.
    pub rate: f64,
    /// The last rate.
    pub floor: f64,
    /// After how many steps the floor is reached.
    pub steps: usize,
}

impl Schedule for Cosine {
    fn rate(&self, step: usize) -> f64 {
        if step >= self.steps { self.floor } else { anneal(self.rate, self.floor, step as f64 / self.steps as f64) }
    }
}

/// A linear rise to the first rate of another schedule, then that schedule.
///
/// `then.rate(0) * (step + 1) / steps` for the first `steps` steps; `LinearLR` followed by another
/// schedule in a `SequentialLR`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp<S> {
    /// How many steps the rise takes.
    pub steps: usize,
    /// What follows, with its steps counted from 0 after the rise.
    pub then: S,
}

impl<S: Schedule> Schedule for WarmUp<S> {
    fn rate(&self, step: usize) -> f64 {
        match step.checked_sub(self.steps) {
            Some(step) => self.then.rate(step),
            None => self.then.rate(0) * (step + 1) as f64 / self.steps as f64,
        }
    }
}

/// Up to the largest rate and down below the first, both on half a cosine (`OneCycleLR`).
///
/// From `max_rate / div_factor` up to `max_rate` at step `pct_start * total_steps - 1`, then down to
/// `max_rate / div_factor / final_div_factor` at the last step. [`OneCycle::momentum`] goes the
/// other way.
///
/// ```
/// # use session::optim::schedule::{OneCycle, Schedule};
/// let schedule = OneCycle::new(0.05, 1000);
/// assert_eq!(schedule.rate(0), 0.05 / 25.0);
/// assert_eq!(schedule.rate(299), 0.05);
/// assert_eq!(schedule.momentum(299), 0.85);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    /// The largest rate.
    pub max_rate: f64,
    /// The number of steps of the whole cycle.
    pub total_steps: usize,
    /// The part of the steps in which the rate rises.
    pub pct_start: f64,
    /// The largest rate divided by the first.
    pub div_factor: f64,
    /// The first rate divided by the last.
    pub final_div_factor: f64,
    /// The momentum where the rate is largest.
    pub base_momentum: f64,
    /// The momentum at both ends.
    pub max_momentum: f64,
}

impl OneCycle {
    /// A cycle with PyTorch's defaults: `pct_start` 0.3, `div_factor` 25, `final_div_factor` 1e4,
    /// momentum from 0.95 to 0.85 and back.
    pub fn new(max_rate: f64, total_steps: usize) -> Self {
        Self {
            max_rate,
            total_steps,
            pct_start: 0.3,
            div_factor: 25.0,
            final_div_factor: 1e4,
            base_momentum: 0.85,
            max_momentum: 0.95,
        }
    }

    /// The momentum of a step (`cycle_momentum=True`).
    pub fn momentum(&self, step: usize) -> f64 {
        self.cycle(step, self.max_momentum, self.base_momentum, self.max_momentum)
    }

    fn cycle(&self, step: usize, first: f64, peak: f64, last: f64) -> f64 {
        let step = step as f64;
        let summit = self.pct_start * self.total_steps as f64 - 1.0;
        let end = self.total_steps as f64 - 1.0;
        if step <= summit {
            // A rise of one step is already at its summit.
            if summit > 0.0 { anneal(first, peak, step / summit) } else { peak }
        } else if step < end {
            anneal(peak, last, (step - summit) / (end - summit))
        } else {
            last
        }
    }
}

impl Schedule for OneCycle {
    fn rate(&self, step: usize) -> f64 {
        let first = self.max_rate / self.div_factor;
        self.cycle(step, first, self.max_rate, first / self.final_div_factor)
    }
}

/// Half a cosine from `start` at 0 to `end` at 1, both exactly.
fn anneal(start: f64, end: f64, part: f64) -> f64 {
    let weight = (1.0 + Scalar::cos(PI * part)) / 2.0;
    weight * start + (1.0 - weight) * end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-12 * expected.abs() + 1e-15, "{actual}, expected {expected}");
    }

    // The numbers of the next two tests are PyTorch's published formulas, computed in Python.

    #[test]
    fn one_cycle_is_that_of_pytorch() {
        let cycle = OneCycle::new(0.05, 1000);
        let expected = [
            (0, 0.002, 0.95),
            (1, 0.002001324752108395, 0.9499972400997742),
            (150, 0.026126083406127345, 0.8997373262372347),
            (299, 0.05, 0.85),
            (300, 0.04999974822580724, 0.8500005035503997),
            (600, 0.03045365922058943, 0.8890928379301728),
            (998, 4.5177419276849795e-07, 0.9499994964496002),
            (999, 2e-07, 0.95),
            (5000, 2e-07, 0.95),
        ];
        for (step, rate, momentum) in expected {
            close(cycle.rate(step), rate);
            close(cycle.momentum(step), momentum);
        }

        // The summit lies between two steps here.
        let cycle = OneCycle { pct_start: 0.25, div_factor: 10.0, final_div_factor: 100.0, ..OneCycle::new(1.0, 7) };
        let expected = [
            (0.1, 0.95),
            (0.9944209976994517, 0.8505584586887436),
            (0.8666594099789982, 0.8633474064085087),
            (0.611649206511179, 0.8888739533021842),
            (0.31801215832898566, 0.9182670512183198),
            (0.08779373222916066, 0.9413119387157997),
            (0.001, 0.95),
        ];
        for (step, (rate, momentum)) in expected.into_iter().enumerate() {
            close(cycle.rate(step), rate);
            close(cycle.momentum(step), momentum);
        }
    }

    #[test]
    fn cosine_is_that_of_pytorch() {
        let cosine = Cosine { rate: 0.1, floor: 0.001, steps: 50 };
        let expected = [
            (0, 0.1),
            (1, 0.09990232305719944),
            (10, 0.09054634122155988),
            (25, 0.0505),
            (49, 0.0010976769428005578),
            (50, 0.001),
            (51, 0.001),
        ];
        expected.into_iter().for_each(|(step, rate)| close(cosine.rate(step), rate));
    }

    #[test]
    fn a_cycle_of_any_length_stays_finite_and_within_its_bounds() {
        for total_steps in 0..40 {
            for pct_start in [0.0, 0.1, 0.3, 0.5, 1.0] {
                let cycle = OneCycle { pct_start, ..OneCycle::new(0.1, total_steps) };
                for step in 0..total_steps + 2 {
                    let rate = cycle.rate(step);
                    assert!((4e-7 * 0.999..=0.1).contains(&rate), "{rate} at {step} of {total_steps}, {pct_start}");
                }
            }
        }
    }

    #[test]
    fn a_warm_up_rises_to_the_schedule_that_follows() {
        let schedule = WarmUp { steps: 4, then: Step { rate: 0.8, every: 2, factor: 0.5 } };
        let rates: Vec<f64> = (0..9).map(|step| schedule.rate(step)).collect();
        assert_eq!(rates, [0.2, 0.4, 0.6000000000000001, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2]);
        let boxed: Box<dyn Schedule> = Box::new(WarmUp { steps: 0, then: Constant(0.3) });
        assert_eq!(boxed.rate(0), 0.3);
        assert_eq!(Step { rate: 0.8, every: 0, factor: 0.5 }.rate(2), 0.2);
        assert_eq!(Cosine { rate: 0.8, floor: 0.1, steps: 0 }.rate(0), 0.1);
    }
}
