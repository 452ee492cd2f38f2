//! Values that parameters and optimisers had before: given again, they count on the devices as they do here.

use session::optim::{Adam, OptimizerState, Sgd};
use session::prelude::*;
use session::random::Rng;
use session::{DeviceStep, Step, init};

use crate::training::TOLERANCE;
use crate::{check, one};

type Weight = shape![3, 4];
type Bias = shape![3];

/// The parameters of a model of one layer.
struct Layer {
    w: Param<Weight>,
    b: Param<Bias>,
}

/// What can be given again: the values of the parameters and the state of the optimiser.
type Kept = (Tensor<f32, Weight>, Tensor<f32, Bias>, OptimizerState<f32>);

impl Layer {
    fn keep(&self, optimizer: &impl Optimizer<f32>) -> Kept {
        (self.w.value(), self.b.value(), optimizer.state().clone())
    }

    fn give(&self, optimizer: &mut impl Optimizer<f32>, (w, b, state): &Kept) {
        self.w.set_value(w.clone());
        self.b.set_value(b.clone());
        *optimizer.state_mut() = state.clone();
    }
}

/// The same model with the same step, here and there.
struct Pair<P> {
    here: (Layer, Step<f32, P>),
    there: (Layer, DeviceStep<f32, P>),
}

impl<P: Optimizer<f32>> Pair<P> {
    fn new(optimizer: impl Fn() -> P) -> Self {
        let step = || {
            let s = Session::<f32>::new(Options::default().threads(1));
            let rng = &mut Rng::new(1);
            let w = Param::new(init::normal(0.0, 1.0, &mut *rng)).named("w");
            let b = Param::new(Tensor::zeros()).named("b");
            let (wr, br) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
            let x = s.input(init::normal::<f32, shape![6, 4]>(0.0, 1.0, &mut *rng)).unwrap();
            let y = s.input(init::normal::<f32, shape![6, 3]>(0.0, 1.0, &mut *rng)).unwrap();
            let step = s.compile_step(s.mse_loss(s.linear(wr, br, x), y), optimizer()).unwrap();
            (Layer { w, b }, step)
        };
        let (layer, there) = step();
        Self { here: step(), there: (layer, there.on_device(&one()).unwrap()) }
    }

    /// Steps, whose losses have to be the same.
    fn run(&mut self, count: usize) {
        for step in 0..count {
            let (expected, found) = (self.here.1.run(()).unwrap(), self.there.1.run(()).unwrap());
            check(&format!("the loss of step {step}"), &[found], &[expected], TOLERANCE);
        }
    }

    fn fetch(&mut self) {
        self.there.1.fetch().unwrap();
        let ((here, _), (there, _)) = (&self.here, &self.there);
        check("w", there.w.value().as_slice(), here.w.value().as_slice(), TOLERANCE);
        check("b", there.b.value().as_slice(), here.b.value().as_slice(), TOLERANCE);
    }

    fn keep(&mut self) -> [Kept; 2] {
        let Self { here, there } = self;
        [here.0.keep(here.1.optimizer()), there.0.keep(there.1.optimizer())]
    }

    fn give(&mut self, kept: &[Kept; 2]) {
        let Self { here, there } = self;
        here.0.give(here.1.optimizer(), &kept[0]);
        there.0.give(there.1.optimizer(), &kept[1]);
    }
}

/// Only a parameter goes back, to what it was at the start.
#[test]
fn a_parameter_goes_back() {
    let mut pair = Pair::new(|| Sgd::new(0.5));
    let [here, there] = [pair.here.0.w.value(), pair.there.0.w.value()];
    for _ in 0..3 {
        pair.run(3);
        // That of the start again, which the parameter of the device step still has here.
        assert_eq!(pair.there.0.w.value(), there);
        pair.here.0.w.set_value(here.clone());
        pair.there.0.w.set_value(there.clone());
    }
    pair.run(3);
    pair.fetch();
}

/// What is given again is not overwritten by what the device has.
#[test]
fn a_fetch_leaves_what_was_given() {
    let mut pair = Pair::new(|| Sgd::new(0.5));
    let start = pair.there.0.w.value();
    pair.run(2);
    pair.here.0.w.set_value(start.clone());
    pair.there.0.w.set_value(start);
    pair.fetch();
    pair.run(2);
    pair.fetch();
}

/// Back to what was fetched, with the state of the optimiser: twice, and after further fetches.
fn goes_back_to_what_was_fetched<P: Optimizer<f32>>(optimizer: impl Fn() -> P) {
    let mut pair = Pair::new(optimizer);
    pair.run(3);
    pair.fetch();
    let kept = pair.keep();
    for fetched in [false, true, false] {
        pair.run(5);
        if fetched {
            pair.fetch();
        }
        pair.give(&kept);
        pair.run(3);
    }
    pair.fetch();
    pair.give(&kept);
    pair.fetch();
    pair.run(1);
    assert_eq!(pair.there.1.optimizer().state().steps(), 4);
}

#[test]
fn a_step_goes_back_to_what_was_fetched() {
    goes_back_to_what_was_fetched(|| Sgd::new(0.1));
    goes_back_to_what_was_fetched(|| Sgd::new(0.1).momentum(0.9));
    goes_back_to_what_was_fetched(|| Adam::new(0.1));
}

/// Without a fetch, what is kept between steps is what was here before them, and goes back to that.
#[test]
fn a_step_goes_back_to_what_was_here() {
    let mut pair = Pair::new(|| Sgd::new(0.1).momentum(0.9));
    pair.run(1);
    pair.fetch();
    let [here, _] = pair.keep();
    for _ in 0..3 {
        pair.run(2);
        let [_, there] = pair.keep();
        pair.run(2);
        pair.give(&[here.clone(), there.clone()]);
        pair.run(3);
        // The parameters are given again those that they have here, which the devices no longer have.
        pair.give(&[here.clone(), there]);
    }
}
