//! What is compiled for a step, and how often.

use crate::optim::schedule::Cosine;
use crate::optim::{Adam, Clipped, Optimizer, Sgd};
use crate::session::{Options, Session};
use crate::{Dim, Param, Tensor};

/// Learning rate, bias corrections and the largest norm are inputs of one tape.
#[test]
fn steps_that_differ_in_hyper_parameters_share_a_tape() {
    let s = Session::<f64>::new(Options::default());
    let w = Param::new(Tensor::<f64, (Dim<3>,)>::from_array([1.0, 2.0, -3.0]));
    let b = Param::new(Tensor::<f64, (Dim<3>,)>::ones());
    let mut adam = Clipped::new(Adam::new(0.1).weight_decay(0.01), 1.0);
    let step = |optimizer: &mut dyn Optimizer<f64>| {
        s.reset_tape();
        let (x, y) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
        let loss = s.sum(s.mul(x, s.mul(x, y)));
        s.step(loss, optimizer).unwrap()
    };
    for round in 1..6 {
        adam.set_max_norm(f64::from(round));
        adam.follow(&Cosine { rate: 0.1, floor: 0.0, steps: 5 });
        step(&mut adam);
        assert_eq!(s.state.borrow().cache.len(), 1);
    }
    assert_eq!((adam.state().steps(), adam.state().updates(&w)), (5, 5));
    step(&mut Sgd::new(0.1));
    assert_eq!(s.state.borrow().cache.len(), 2, "another optimiser is another tape");
}

/// A step without anything to update gives the loss.
#[test]
fn nothing_to_update() {
    let s = Session::<f32>::new(Options::default());
    let frozen = Param::new(Tensor::<f32, (Dim<2>,)>::ones()).frozen();
    let x = s.use_param(&frozen).unwrap();
    let loss = s.sum(x);
    let mut adam = Clipped::new(Adam::new(0.1), 1.0);
    assert_eq!(s.step(loss, &mut adam).unwrap(), 2.0);
    assert_eq!(s.compile_step(loss, adam).unwrap().run(()).unwrap(), 2.0);
    assert_eq!(frozen.value(), Tensor::ones());
}
