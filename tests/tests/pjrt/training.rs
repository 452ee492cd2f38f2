//! Training steps: the losses and the parameters of the tape, within rounding.

use session::export::Placement;
use session::export::pjrt::Element;
use session::io::checkpoint;
use session::optim::schedule::Cosine;
use session::optim::{Adam, AdamW, Clipped, RmsProp, Sgd};
use session::prelude::*;
use session::random::Rng;
use session::{DynParam, Float, init};

use crate::{check, check_parameters, four, one, values};

dim!(pub Batch = 8);

/// How many steps are compared.
const STEPS: usize = 12;
/// Rounding after these, of `f32`.
pub const TOLERANCE: f64 = 1e-5;

graph! {
    /// Two layers with dropout between them.
    pub struct Perceptron {
        w1: [16, 5] = kaiming_uniform(1.0),
        b1: [16] = zeros,
        w2: [3, 16] = kaiming_uniform(1.0),
        #[frozen]
        b2: [3] = uniform(-1.0, 1.0),
    }

    pub fn loss<B>(x: [B, 5], y: [B, 3], key: nat[]) -> [] {
        mse_loss(linear(w2, b2, dropout_keyed(tanh(linear(w1, b1, x)), 0.2, key)), y)
    }

    /// Two convolutions with pools.
    pub struct LeNet {
        c1: [4, 1, 5, 5] = kaiming_uniform(1.0),
        c1_bias: [4] = zeros,
        c2: [6, 4, 5, 5] = kaiming_uniform(1.0),
        c2_bias: [6] = zeros,
        out: [10, 6] = kaiming_uniform(1.0),
        out_bias: [10] = zeros,
    }

    pub fn loss<B>(x: [B, 1, 12, 12], labels: nat[B]) -> [] {
        let h = relu(conv2d(c1, c1_bias, x, stride = 1, padding = 2));
        let h = max_pool2d(h, kernel = 2, stride = 2);
        let h = relu(conv2d(c2, c2_bias, h, stride = 1, padding = 0));
        let h = flatten(max_pool2d(h, kernel = 2, stride = 2), start = 1);
        cross_entropy(linear(out, out_bias, h), labels)
    }
}

/// Trains a perceptron here and there.
pub fn perceptron<P: Optimizer<f32>>(placement: &Placement, optimizer: impl Fn() -> P) {
    let here = Perceptron::new(1);
    let there = here.deep_clone();
    let compile = |net: &Perceptron| {
        net.compile_loss::<Batch>(Options::default().threads(1)).unwrap().into_step(optimizer()).unwrap()
    };
    let (mut step_here, mut step_there) = (compile(&here), compile(&there).on_device(placement).unwrap());
    let rng = &mut Rng::new(2);
    let schedule = Cosine { rate: 0.02, floor: 0.001, steps: STEPS };
    for step in 0..STEPS {
        let x = init::normal(0.0, 1.0, &mut *rng);
        let y = init::normal(0.0, 1.0, &mut *rng);
        step_here.optimizer().follow(&schedule);
        step_there.optimizer().follow(&schedule);
        let (expected, found) = (step_here.run((&x, &y, &[step])).unwrap(), step_there.run((&x, &y, &[step])).unwrap());
        check(&format!("the loss of step {step}"), &[found], &[expected], TOLERANCE);
    }
    step_there.fetch().unwrap();
    check_parameters(&values(&there), &values(&here), TOLERANCE);
    assert_eq!(step_there.optimizer().state().steps(), STEPS);
}

/// Trains a small LeNet here and there.
pub fn lenet<P: Optimizer<f32>>(placement: &Placement, optimizer: impl Fn() -> P) {
    let here = LeNet::new(3);
    let there = here.deep_clone();
    let compile =
        |net: &LeNet| net.compile_loss::<Batch>(Options::default().threads(1)).unwrap().into_step(optimizer()).unwrap();
    let (mut step_here, mut step_there) = (compile(&here), compile(&there).on_device(placement).unwrap());
    let rng = &mut Rng::new(4);
    for step in 0..STEPS {
        let x = init::normal(0.0, 1.0, &mut *rng);
        let labels: Vec<usize> = (0..8).map(|row| (row * 3 + step) % 10).collect();
        let (expected, found) = (step_here.run((&x, &labels)).unwrap(), step_there.run((&x, &labels)).unwrap());
        check(&format!("the loss of step {step}"), &[found], &[expected], TOLERANCE);
    }
    step_there.fetch().unwrap();
    check_parameters(&values(&there), &values(&here), TOLERANCE);
}

#[test]
fn a_perceptron_with_every_optimiser() {
    perceptron(&one(), || Sgd::new(0.02));
    perceptron(&one(), || Sgd::new(0.02).momentum(0.9).nesterov(true).weight_decay(0.01));
    perceptron(&one(), || Adam::new(0.02));
    perceptron(&one(), || RmsProp::new(0.02).centered(true).momentum(0.9));
    perceptron(&one(), || Clipped::new(AdamW::new(0.02), 0.5));
}

#[test]
fn a_lenet() {
    lenet(&one(), || Sgd::new(0.05));
    lenet(&one(), || Adam::new(0.01));
}

/// A step of refs, with both widths of numbers.
fn step_of_refs<T: Float + Element>(tolerance: f64) {
    let mut results = Vec::new();
    for on_device in [false, true] {
        let s = Session::<T>::new(Options::default().threads(1));
        let rng = &mut Rng::new(5);
        let w = Param::new(init::normal::<T, shape![3, 4]>(0.0, 1.0, &mut *rng)).named("w");
        let b = Param::new(Tensor::<T, shape![3]>::zeros()).named("b");
        let (wr, br) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
        let x = s.input(Tensor::<T, shape![6, 4]>::zeros()).unwrap();
        let y = s.input(Tensor::<T, shape![6, 3]>::ones()).unwrap();
        let loss = s.mse_loss(s.sigmoid(s.linear(wr, br, x)), y);
        let mut step = s.compile_step(loss, Adam::new(0.05)).unwrap();
        let mut batch = move || init::normal::<T, shape![6, 4]>(0.0, 1.0, &mut *rng);
        let losses: Vec<T> = if on_device {
            let mut step = step.on_device(&one()).unwrap();
            let losses = (0..STEPS).map(|_| step.run(((x, batch()),)).unwrap()).collect();
            step.fetch().unwrap();
            losses
        } else {
            (0..STEPS).map(|_| step.run(((x, batch()),)).unwrap()).collect()
        };
        results.push([losses, w.value().to_vec(), b.value().to_vec()].concat());
    }
    check("losses and parameters", &results[1], &results[0], tolerance);
}

#[test]
fn a_step_of_refs() {
    step_of_refs::<f32>(TOLERANCE);
    step_of_refs::<f64>(1e-13);
}

/// The parameters of a model, to be saved.
fn parameters(net: &Perceptron) -> Vec<DynParam> {
    net.parameters().into_iter().map(|(_, parameter)| parameter).collect()
}

/// Half the steps there, saved, loaded into a new model, and the other half here: what all steps here give.
#[test]
fn a_checkpoint_of_one_goes_on_in_the_other() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("pjrt.safetensors");
    let compile = |net: &Perceptron| {
        net.compile_loss::<Batch>(Options::default().threads(1)).unwrap().into_step(Adam::new(0.02)).unwrap()
    };
    let rng = &mut Rng::new(6);
    let (x, y) = (init::normal(0.0, 1.0, &mut *rng), init::normal(0.0, 1.0, &mut *rng));
    let whole = Perceptron::new(7);
    let mut expected = compile(&whole);
    for number in 0..STEPS {
        expected.run((&x, &y, &[number])).unwrap();
    }

    let first = Perceptron::new(7);
    let mut step = compile(&first).on_device(&one()).unwrap();
    for number in 0..STEPS / 2 {
        step.run((&x, &y, &[number])).unwrap();
    }
    step.fetch().unwrap();
    checkpoint::save(&file, &parameters(&first), step.optimizer()).unwrap();

    let second = Perceptron::new(8);
    let mut optimizer = Adam::new(0.02);
    checkpoint::load(&file, &parameters(&second), &mut optimizer).unwrap();
    let function = second.compile_loss::<Batch>(Options::default().threads(1)).unwrap();
    let mut step = function.into_step(optimizer).unwrap().on_device(&one()).unwrap();
    for number in STEPS / 2..STEPS {
        step.run((&x, &y, &[number])).unwrap();
    }
    step.fetch().unwrap();
    check_parameters(&values(&second), &values(&whole), TOLERANCE);
}

/// What is given a value here between two steps has it there.
#[test]
fn values_given_here_count_there() {
    let net = Perceptron::new(9);
    let function = net.compile_loss::<Batch>(Options::default().threads(1)).unwrap();
    let mut step = function.into_step(Sgd::new(0.1)).unwrap().on_device(&one()).unwrap();
    let (x, y) = (Tensor::ones(), Tensor::zeros());
    let start = values(&net);
    let first = step.run((&x, &y, &[1])).unwrap();
    assert_eq!(values(&net), start);
    let second = step.run((&x, &y, &[1])).unwrap();
    assert!(second < first);

    // A trained parameter and a frozen one, without which nothing is left.
    net.w2.set_value(Tensor::zeros());
    net.b2.set_value(Tensor::zeros());
    assert_eq!(step.run((&x, &y, &[1])).unwrap(), 0.0);
    step.fetch().unwrap();
    net.w1.set_value(Tensor::ones());
    step.fetch().unwrap();
    assert_eq!(net.w1.value(), Tensor::ones());
}

/// The batch shared out over four devices gives what one device gives.
#[test]
fn four_devices() {
    perceptron(&four(), || Sgd::new(0.02).momentum(0.9));
    perceptron(&four(), || Clipped::new(AdamW::new(0.02), 0.5));
    lenet(&four(), || Adam::new(0.01));
}
