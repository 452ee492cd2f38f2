//! Every way to step gives the same bits.

use std::collections::{HashMap, HashSet};

use session::ir::{DynShape, Id};
use session::optim::{Adam, AdamW, Clipped, RmsProp, Sgd};
use session::prelude::*;
use session::random::Rng;
use session::semantics::{self, Array};
use session::{Float, Tape};

use crate::cases::{Model, STEPS, cases, number};

fn recorded_and_compiled_agree<T: Float>() {
    for case in cases::<T>() {
        let (recorded, compiled) = (Model::<T>::new(number), Model::<T>::new(number));
        recorded.train(&case, &mut (case.optimizer)(), 0..STEPS);

        let s = Session::<T>::new(Options::default());
        let inputs = compiled.record(&s, 0);
        let mut step = s.compile_step(inputs.loss, (case.optimizer)()).unwrap();
        for index in 0..STEPS {
            let (w_target, b_target) = compiled.targets(index);
            step.optimizer().follow(&case.schedule);
            step.run(((inputs.w_target, &w_target), (inputs.b_target, &b_target))).unwrap();
        }
        assert_eq!(recorded.values(), compiled.values(), "{}", case.name);
        let state = step.optimizer().state();
        assert_eq!((state.steps(), state.updates(&compiled.w), state.updates(&recorded.w)), (STEPS, STEPS, 0));
    }
}

#[test]
fn recorded_and_compiled_steps_agree() {
    recorded_and_compiled_agree::<f64>();
    recorded_and_compiled_agree::<f32>();
}

#[test]
fn plain_descent_is_that_of_the_session() {
    let (by_step, by_session) = (Model::<f32>::new(number), Model::<f32>::new(number));
    by_step.train(&cases()[0], &mut (cases()[0].optimizer)(), 0..STEPS);
    let s = Session::<f32>::new(Options::default());
    for step in 0..STEPS {
        let loss = by_session.record(&s, step).loss;
        if step % 2 == 0 {
            s.sgd_step_all(0.05, &s.backward_params(loss).unwrap()).unwrap();
        } else {
            s.sgd_step_all(0.05, &s.backward_scalar_dense_all(loss).unwrap()).unwrap();
        }
    }
    assert_eq!(by_step.values(), by_session.values());
    assert_ne!(by_step.values(), Model::<f32>::new(number).values());
}

/// A parameter in two leaves is updated once, with the sum of its gradients.
#[test]
fn a_tied_parameter_gets_one_update() {
    for case in cases::<f64>() {
        let values = |tied: bool| {
            let s = Session::<f64>::new(Options::default());
            let w = Param::new(Tensor::<f64, shape![3]>::from_array([1.0, -2.0, 0.5]));
            let mut optimizer = (case.optimizer)();
            for _ in 0..3 {
                s.reset_tape();
                optimizer.follow(&case.schedule);
                let (x, y) = (s.use_param(&w).unwrap(), s.use_param(&w).unwrap());
                let y = if tied { y } else { x };
                // The gradients 0.5 and 3 have an exact sum in any order.
                let loss = s.add(s.sum(s.scale(x, 0.5)), s.sum(s.scale(y, 3.0)));
                s.step(loss, &mut optimizer).unwrap();
            }
            assert_eq!((optimizer.state().steps(), optimizer.state().updates(&w)), (3, 3), "{}", case.name);
            w.value()
        };
        assert_eq!(values(true), values(false), "{}", case.name);
    }
}

/// Frozen parameters stay, and count neither as updated nor in the norm of the gradients.
#[test]
fn frozen_parameters_stay() {
    for case in cases::<f64>() {
        let values = |large: f64| {
            let s = Session::<f64>::new(Options::default());
            let w = Param::new(Tensor::<f64, shape![2]>::from_array([1.0, -2.0]));
            let frozen = Param::new(Tensor::<f64, shape![2]>::ones()).frozen();
            let mut optimizer = (case.optimizer)();
            optimizer.follow(&case.schedule);
            let (x, y) = (s.use_param(&w).unwrap(), s.use_param(&frozen).unwrap());
            let loss = s.add(s.sum(s.mul(x, x)), s.sum(s.scale(y, large)));
            s.step(loss, &mut optimizer).unwrap();
            assert_eq!(frozen.value(), Tensor::ones(), "{}", case.name);
            assert_eq!((optimizer.state().updates(&w), optimizer.state().updates(&frozen)), (1, 0));
            w.value()
        };
        assert_eq!(values(0.0), values(1e9), "{}", case.name);
    }
}

/// The bias corrections go by the updates of each parameter: one that comes later starts as a new one does, and one
/// that the loss does not depend on is not counted.
#[test]
fn a_parameter_that_comes_later_starts_anew() {
    let s = Session::<f64>::new(Options::default());
    let first = Param::new(Tensor::<f64, shape![]>::from_array(1.0));
    let later = Param::new(Tensor::<f64, shape![]>::from_array(1.0));
    let mut adam = Adam::new(0.1);
    for round in 0..10 {
        s.reset_tape();
        let (x, y) = (s.use_param(&first).unwrap(), s.use_param(&later).unwrap());
        let loss = if round < 9 { s.mul(x, x) } else { s.mul(y, y) };
        s.step(loss, &mut adam).unwrap();
    }
    assert_eq!((adam.state().steps(), adam.state().updates(&first), adam.state().updates(&later)), (10, 9, 1));
    assert!((later.value().value() - 0.9).abs() < 1e-8, "the first step is as long as the rate");
}

/// Compiled steps take every hyper-parameter anew.
#[test]
fn hyper_parameters_may_change_between_runs() {
    let values = |compiled: bool| {
        let s = Session::<f64>::new(Options::default());
        let w = Param::new(Tensor::<f64, shape![2]>::from_array([3.0, -2.0]));
        let x = s.use_param(&w).unwrap();
        let loss = s.sum(s.mul(x, x));
        let mut sgd = Clipped::new(Sgd::new(0.1).momentum(0.9).weight_decay(0.2), 1.0);
        if compiled {
            let mut step = s.compile_step(loss, sgd).unwrap();
            step.run(()).unwrap();
            change(step.optimizer());
            step.run(()).unwrap();
        } else {
            s.step(loss, &mut sgd).unwrap();
            change(&mut sgd);
            s.reset_tape();
            let x = s.use_param(&w).unwrap();
            s.step(s.sum(s.mul(x, x)), &mut sgd).unwrap();
        }
        w.value()
    };
    fn change(sgd: &mut Clipped<Sgd<f64>>) {
        sgd.set_max_norm(2.0);
        sgd.optimizer_mut().set_rate(0.05);
        sgd.optimizer_mut().set_momentum(0.5);
        assert_eq!(sgd.optimizer().rate(), 0.05);
    }
    assert_eq!(values(true), values(false));
}

/// The tape of a whole step, update and clipping included, has the bits of the definition at every value.
#[test]
fn steps_have_the_bits_of_the_definition() {
    let mut rng = Rng::new(8);
    for case in cases::<f32>() {
        let s = Session::<f32>::new(Options::default());
        let recorded = Model::<f32>::new(number).record(&s, 0);
        let step = s.compile_step(recorded.loss, (case.optimizer)()).unwrap();
        let (graph, ids) = (step.graph(), step.graph().ids().collect::<Vec<Id>>());
        let mut leaf = |shape: &DynShape| {
            // A mean square is not negative.
            DynTensor::new(*shape, (0..shape.elements()).map(|_| rng.uniform::<f32>()).collect()).unwrap()
        };
        let leaves: Vec<DynTensor<f32>> = graph.leaves().iter().map(&mut leaf).collect();
        let arrays: Vec<Array<f32>> =
            leaves.iter().map(|leaf| Array::new(leaf.shape(), leaf.as_slice().to_vec())).collect();
        let found = Tape::<f32>::compile(graph, &ids).forward(&leaves, &[]).unwrap();
        let expected = semantics::eval(graph, &arrays, &[]);
        assert_eq!(found.len(), expected.len());
        for ((id, found), expected) in ids.iter().zip(found).zip(expected) {
            let bits = |values: &[f32]| values.iter().map(|value| value.bits()).collect::<Vec<u64>>();
            assert_eq!(bits(found.as_slice()), bits(&expected.data), "{}: {id}", case.name);
        }
    }
}

/// Where the gradient stays the same its variance is 0, and rounding makes some of its estimates negative: no NaN.
#[test]
fn a_centered_variance_is_not_negative() {
    let s = Session::<f32>::new(Options::default());
    let w = Param::new(Tensor::<f32, shape![64]>::zeros());
    let x = s.use_param(&w).unwrap();
    let gradient = s.input(Tensor::<f32, shape![64]>::randn(s.rng())).unwrap();
    let loss = s.sum(s.mul(gradient, x));
    let mut step = s.compile_step(loss, RmsProp::new(1e-9).alpha(0.9).centered(true)).unwrap();
    for _ in 0..300 {
        assert!(step.run(()).unwrap().is_finite());
    }
    assert!(w.value().as_slice().iter().all(|w| w.is_finite()));
}

/// Another fragment is another kind, and the other way round.
#[test]
fn the_kind_names_the_fragment() {
    let mut optimizers: Vec<Box<dyn Optimizer<f64>>> = Vec::new();
    for [a, b, c] in (0..8).map(|bits| [bits & 1 == 1, bits & 2 == 2, bits & 4 == 4]) {
        let (momentum, decay) = (if a { 0.9 } else { 0.0 }, if b { 0.1 } else { 0.0 });
        optimizers.push(Box::new(Sgd::new(0.1).momentum(momentum).weight_decay(decay).nesterov(c)));
        optimizers.push(Box::new(RmsProp::new(0.1).momentum(momentum).weight_decay(decay).centered(c)));
        optimizers.push(Box::new(Adam::new(0.1).weight_decay(decay)));
        optimizers.push(Box::new(AdamW::new(0.1).weight_decay(decay)));
    }
    let mut fragments = HashMap::new();
    for optimizer in &optimizers {
        let fragment = optimizer.fragment(DynShape::new(&[2]));
        assert_eq!(optimizer.slots().len(), fragment.states, "{}", optimizer.kind());
        let known = fragments.entry(optimizer.kind()).or_insert_with(|| fragment.clone());
        assert_eq!(*known, fragment, "{}", optimizer.kind());
    }
    assert_eq!(fragments.len(), 6 + 8 + 2 + 2);
    // Without weight decay Adam and AdamW are the same.
    assert_eq!(fragments.values().collect::<HashSet<_>>().len(), 6 + 8 + 3);
}
