//! Every optimiser in every form, what trains with it, and PyTorch's numbers.
//!
//! The numbers were computed with PyTorch 1.13:
//!
//! ```text
//! import math, torch
//! number = lambda k: (k * 37 % 101 - 50) / 32
//! tensor = lambda numbers, *shape: torch.tensor(numbers, dtype=torch.float64).reshape(shape)
//! aw, ab = tensor([0.5 + i / 4 for i in range(6)], 2, 3), tensor([1 + i / 8 for i in range(3)], 3)
//!
//! def train(optimizer, max_norm=None, schedule=None):
//!     w = torch.nn.Parameter(tensor([number(i) for i in range(6)], 2, 3))
//!     b = torch.nn.Parameter(tensor([number(10 + i) for i in range(3)], 3))
//!     optimizer = optimizer([w, b])
//!     for step in range(12):
//!         tw = tensor([number(20 + 9 * step + i) for i in range(6)], 2, 3)
//!         tb = tensor([number(26 + 9 * step + i) for i in range(3)], 3)
//!         optimizer.zero_grad()
//!         ((aw * (w - tw) ** 2).sum() + (ab * (b - tb) ** 2).sum()).backward()
//!         if max_norm:
//!             torch.nn.utils.clip_grad_norm_([w, b], max_norm)
//!         if schedule:
//!             optimizer.param_groups[0]["lr"] = schedule(step)
//!         optimizer.step()
//!     print(w.flatten().tolist() + b.tolist())
//!
//! o = torch.optim
//! cosine = lambda step: 0.1 * (1 + math.cos(math.pi * step / 12)) / 2
//! train(lambda p: o.SGD(p, 0.05))
//! train(lambda p: o.SGD(p, 0.05, momentum=0.9))
//! train(lambda p: o.SGD(p, 0.05, weight_decay=0.1))
//! train(lambda p: o.SGD(p, 0.05, momentum=0.8, weight_decay=0.1, nesterov=True))
//! train(lambda p: o.Adam(p, 0.1))
//! train(lambda p: o.Adam(p, 0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1))
//! train(lambda p: o.AdamW(p, 0.1))
//! train(lambda p: o.AdamW(p, 0.1, betas=(0.8, 0.95), weight_decay=0.3))
//! train(lambda p: o.RMSprop(p, 0.05))
//! train(lambda p: o.RMSprop(p, 0.05, alpha=0.9, momentum=0.5, weight_decay=0.1, centered=True))
//! train(lambda p: o.SGD(p, 0.05, momentum=0.9), max_norm=1.5)
//! train(lambda p: o.AdamW(p, 0.1), max_norm=2, schedule=cosine)
//!
//! ```

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
    /// The weights and biases after twelve steps, by PyTorch.
    pub torch: [f64; 9],
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
            torch: [
                -0.9100463737491967,
                -0.006843445308587441,
                0.05814836359399999,
                -0.27329881210653184,
                -0.07478255560006143,
                0.018720541061198085,
                0.1823869939104375,
                -0.29423318780855845,
                -0.08803535733113677,
            ],
        },
        Case {
            name: "sgd with momentum",
            optimizer: || Box::new(Sgd::new(0.05).momentum(0.9)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::sgd(0.9, 0.0, false),
            torch: [
                0.5196009303537918,
                0.21359795137612625,
                -0.33621011882799995,
                0.2859843117141384,
                0.018701393804669293,
                0.7226379078266986,
                -0.32669190134399984,
                0.6845344621262293,
                0.066380919994025,
            ],
        },
        Case {
            name: "sgd with weight decay",
            optimizer: || Box::new(Sgd::new(0.05).weight_decay(0.1)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::sgd(0.0, 0.1, false),
            torch: [
                -0.8580785275055015,
                -0.0001555682576126999,
                0.04549372390116811,
                -0.255029632700556,
                -0.07680890545765363,
                0.012083449499627748,
                0.17445690767317815,
                -0.27344063014591125,
                -0.08224060543723972,
            ],
        },
        Case {
            name: "sgd with Nesterov's momentum and weight decay",
            optimizer: || Box::new(Sgd::new(0.05).momentum(0.8).weight_decay(0.1).nesterov(true)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::sgd(0.8, 0.1, true),
            torch: [
                -0.022631536893412563,
                0.1533103657051931,
                -0.37013367481244347,
                0.04626160176984697,
                -0.22862448038933308,
                -0.035083411483256104,
                0.04043946696117462,
                0.2945661308545124,
                0.07664985738591962,
            ],
        },
        Case {
            name: "adam",
            optimizer: || Box::new(Adam::new(0.1)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam([0.9, 0.999], 1e-8, 0.0),
            torch: [
                -0.602723778557585,
                0.14212002153452086,
                0.10511479808260446,
                -0.39049783831511786,
                0.10182864339842093,
                0.2341325865866693,
                0.004241416780966158,
                -0.5280106420849144,
                -0.12776150580946843,
            ],
        },
        Case {
            name: "adam with other numbers",
            optimizer: || Box::new(Adam::new(0.1).betas(0.8, 0.95).eps(1e-3).weight_decay(0.1)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam([0.8, 0.95], 1e-3, 0.1),
            torch: [
                -0.6256676581015158,
                0.08222733749984662,
                0.11993748764563947,
                -0.40066060052393965,
                0.08915714474796217,
                0.2752297630792376,
                0.022062881899998388,
                -0.5353038905460553,
                -0.12034258064948025,
            ],
        },
        Case {
            name: "adam_w",
            optimizer: || Box::new(AdamW::new(0.1)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam_w([0.9, 0.999], 1e-8, 0.01),
            torch: [
                -0.5917869399913672,
                0.14219276569114198,
                0.10179939124954596,
                -0.38261307374072434,
                0.10150378329109198,
                0.22838292519780945,
                0.0022389841490534253,
                -0.5174633631777407,
                -0.12568343668021162,
            ],
        },
        Case {
            name: "adam_w with other numbers",
            optimizer: || Box::new(AdamW::new(0.1).betas(0.8, 0.95).weight_decay(0.3)),
            schedule: Box::new(Constant(0.1)),
            max_norm: None,
            update: formulas::adam_w([0.8, 0.95], 1e-8, 0.3),
            torch: [
                -0.38923717952900333,
                0.08382445128187184,
                0.04889957229772802,
                -0.22753721721206616,
                0.07971614909599167,
                0.14459674644702725,
                -0.011635672132314041,
                -0.29096944629510274,
                -0.08053788936799874,
            ],
        },
        Case {
            name: "rms_prop",
            optimizer: || Box::new(RmsProp::new(0.05)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::rms_prop(0.99, 0.0, 0.0, false),
            torch: [
                -0.2759735508640366,
                0.24372452948243153,
                -0.1072897621046715,
                -0.08629241413843101,
                -0.005915773039716993,
                0.05377205097380138,
                0.09359095363255568,
                -0.16802455427375806,
                -0.04262061979309588,
            ],
        },
        Case {
            name: "rms_prop, centered, with momentum and weight decay",
            optimizer: || Box::new(RmsProp::new(0.05).alpha(0.9).momentum(0.5).weight_decay(0.1).centered(true)),
            schedule: Box::new(Constant(0.05)),
            max_norm: None,
            update: formulas::rms_prop(0.9, 0.5, 0.1, true),
            torch: [
                -0.347449418651977,
                0.1276754039757691,
                -0.0024203683691546955,
                -0.15704066975893247,
                0.09453303274692272,
                0.1386675847394465,
                0.008327577332388541,
                -0.19596994648973026,
                -0.052300895820257855,
            ],
        },
        Case {
            name: "clipped sgd with momentum",
            optimizer: || Box::new(Clipped::new(Sgd::new(0.05).momentum(0.9), 1.5)),
            schedule: Box::new(Constant(0.05)),
            max_norm: Some(1.5),
            update: formulas::sgd(0.9, 0.0, false),
            torch: [
                -0.8569851760716806,
                -0.05497504296066446,
                0.12852149903795163,
                -0.1748812638844834,
                0.06501683250657557,
                -0.1028613006598112,
                0.0031654442771688494,
                -0.11374658625069055,
                -0.03362288758786825,
            ],
        },
        Case {
            name: "clipped adam_w on a cosine",
            optimizer: || Box::new(Clipped::new(AdamW::new(0.0), 2.0)),
            schedule: Box::new(Cosine { rate: 0.1, floor: 0.0, steps: 12 }),
            max_norm: Some(2.0),
            update: formulas::adam_w([0.9, 0.999], 1e-8, 0.01),
            torch: [
                -0.9961055981317213,
                -0.01317756648812622,
                0.32844215608478156,
                -0.7648808745154415,
                -0.009176780404209144,
                0.5294202005941555,
                0.22500196648851623,
                -0.9045279446865134,
                -0.21160247913727087,
            ],
        },
    ]
}

/// Numbers that a float holds exactly.
pub fn number(index: usize) -> f64 {
    ((index * 37 % 101) as f64 - 50.0) / 32.0
}

pub const STEPS: usize = 12;

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
    pub fn strengths() -> (Tensor<T, shape![2, 3]>, Tensor<T, shape![3]>) {
        let strength = |start: f64, step: f64| move |index: usize| start + index as f64 * step;
        (tensor(0, strength(0.5, 0.25)), tensor(0, strength(1.0, 0.125)))
    }

    pub fn targets(&self, step: usize) -> (Tensor<T, shape![2, 3]>, Tensor<T, shape![3]>) {
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
