//! Every optimiser in every form, and what trains with it.

use session::Float;
use session::optim::schedule::{Constant, Cosine, Schedule};
use session::optim::{Adam, AdamW, Clipped, RmsProp, Sgd};
use session::prelude::*;

use crate::formulas::{self, Update};

/// An optimiser and what is known of it.
pub struct Case<T: Float> {
    pub name: &'static str,
    pub optimizer: fn() -> Box<dyn Optimizer<T>>,
    /// Its learning rates.
    pub schedule: Box<dyn Schedule>,
    pub max_norm: Option<f64>,
    /// The formula of one number's update.
    pub update: Update,
}

/// Every optimiser in every form.
pub fn cases<T: Float>() -> Vec<Case<T>> {
    vec![
        Case {
            name: "sgd",
            optimizer: || Box::new(Sgd::new(0.05)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::sgd(0.0, 0.0, false),
        },
        Case {
            name: "sgd with momentum",
            optimizer: || Box::new(Sgd::new(0.05).momentum(0.9)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::sgd(0.9, 0.0, false),
        },
        Case {
            name: "sgd with weight decay",
            optimizer: || Box::new(Sgd::new(0.05).weight_decay(0.1)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::sgd(0.0, 0.1, false),
        },
        Case {
            name: "sgd with Nesterov's momentum and weight decay",
            optimizer: || Box::new(Sgd::new(0.05).momentum(0.8).weight_decay(0.1).nesterov(true)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::sgd(0.8, 0.1, true),
        },
        Case {
            name: "adam",
            optimizer: || Box::new(Adam::new(0.1)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam([0.9, 0.999], 1e-8, 0.0),
        },
        Case {
            name: "adam with other numbers",
            optimizer: || Box::new(Adam::new(0.1).betas(0.8, 0.95).eps(1e-3).weight_decay(0.1)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam([0.8, 0.95], 1e-3, 0.1),
        },
        Case {
            name: "adam_w",
            optimizer: || Box::new(AdamW::new(0.1)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam_w([0.9, 0.999], 1e-8, 0.01),
        },
        Case {
            name: "adam_w with other numbers",
            optimizer: || Box::new(AdamW::new(0.1).betas(0.8, 0.95).weight_decay(0.3)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam_w([0.8, 0.95], 1e-8, 0.3),
        },
        Case {
            name: "rms_prop",
            optimizer: || Box::new(RmsProp::new(0.05)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::rms_prop(0.99, 0.0, 0.0, false),
        },
        Case {
            name: "rms_prop, centered, with momentum and weight decay",
            optimizer: || Box::new(RmsProp::new(0.05).alpha(0.9).momentum(0.5).weight_decay(0.1).centered(true)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::rms_prop(0.9, 0.5, 0.1, true),
        },
        Case {
            name: "clipped sgd with momentum",
            optimizer: || Box::new(Clipped::new(Sgd::new(0.05).momentum(0.9), 1.5)),
            schedule: Box::new(Constant(0.05)),
            max_norm: Some(1.5),
            update: formulas::sgd(0.9, 0.0, false),
        },
        Case {
            name: "clipped adam_w on a cosine",
            optimizer: || Box::new(Clipped::new(AdamW::new(0.0), 2.0)),
            schedule: Box::new(Cosine { rate: 0.1, floor: 0.0, steps: 12 }),
            max_norm: Some(2.0),
            update: formulas::adam_w([0.9, 0.999], 1e-8, 0.01),
        },
    ]
}

/// Numbers that a float holds exactly.
pub fn number(index: usize) -> f64 {
    ((index * 37 % 101) as f64 - 50.0) / 32.0
}

pub const STEPS: usize = 12;

/// A tensor like the weights and one like the biases.
pub type Pair<T> = (Tensor<T, shape![2, 3]>, Tensor<T, shape![3]>);

/// Two parameters that are drawn to other targets in every step.
pub struct Model<T: Float> {
    pub w: Param<shape![2, 3], T>,
    pub b: Param<shape![3], T>,
    pub number: fn(usize) -> f64,
}

impl<T: Float> Model<T> {
    pub fn new(number: fn(usize) -> f64) -> Self {
        let vector = tensor(10, number);
        Self { w: Param::new(tensor(0, number)).named("w"), b: Param::new(vector).named("b"), number }
    }

    /// How much each number counts in the loss.
    pub fn strengths() -> Pair<T> {
        let strength = |start: f64, step: f64| move |index: usize| start + index as f64 * step;
        (tensor(0, strength(0.5, 0.25)), tensor(0, strength(1.0, 0.125)))
    }

    pub fn targets(&self, step: usize) -> Pair<T> {
        (tensor(20 + 9 * step, self.number), tensor(26 + 9 * step, self.number))
    }

    /// Records the loss of a step; gives the inputs too.
    pub fn record(&self, s: &Session<T>, step: usize) -> Recorded {
        s.reset_tape();
        let (w, b) = (s.use_param(&self.w).unwrap(), s.use_param(&self.b).unwrap());
        let (w_strength, b_strength) = Self::strengths();
        let (w_strength, b_strength) = (s.constant(w_strength), s.constant(b_strength));
        let (w_target, b_target) = self.targets(step);
        let (w_target, b_target) = (s.input(w_target).unwrap(), s.input(b_target).unwrap());
        let (w, b) = (s.sub(w, w_target), s.sub(b, b_target));
        let (w, b) = (s.mul(w_strength, s.mul(w, w)), s.mul(b_strength, s.mul(b, b)));
        Recorded { loss: s.add(s.sum(w), s.sum(b)), w_target, b_target }
    }

    pub fn values(&self) -> Vec<f64> {
        let (w, b) = (self.w.value(), self.b.value());
        w.as_slice().iter().chain(b.as_slice()).map(|x| x.to_f64()).collect()
    }

    /// Trains by recording every step.
    pub fn train(&self, case: &Case<T>, optimizer: &mut Box<dyn Optimizer<T>>, steps: std::ops::Range<usize>) {
        let s = Session::<T>::new(Options::default());
        for step in steps {
            let loss = self.record(&s, step).loss;
            optimizer.follow(&case.schedule);
            s.step(loss, optimizer).unwrap();
        }
    }
}

pub struct Recorded {
    pub loss: TensorRef<shape![]>,
    pub w_target: TensorRef<shape![2, 3]>,
    pub b_target: TensorRef<shape![3]>,
}

fn tensor<T: Float, S: Shape>(first: usize, number: impl Fn(usize) -> f64) -> Tensor<T, S> {
    Tensor::from_vec((0..S::SIZE).map(|index| T::from_f64(number(first + index))).collect()).unwrap()
}
