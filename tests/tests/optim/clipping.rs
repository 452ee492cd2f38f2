//! Clipping by the norm of all gradients.

use session::optim::{Clipped, Optimizer, Sgd};
use session::prelude::*;

use crate::cases::{Model, STEPS, cases, number};

/// A step of descent on `sum(g · w)`: the gradients are the given ones.
fn step(gradients: ([f64; 2], f64), optimizer: &mut impl Optimizer<f64>) -> Vec<f64> {
    let s = Session::<f64>::new(Options::default());
    let w = Param::new(Tensor::<f64, shape![2]>::zeros());
    let b = Param::new(Tensor::<f64, shape![]>::zeros());
    let (x, y) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
    let first = s.input(Tensor::<f64, shape![2]>::from_array(gradients.0)).unwrap();
    let second = s.input(Tensor::<f64, shape![]>::from_array(gradients.1)).unwrap();
    let loss = s.add(s.sum(s.mul(first, x)), s.mul(second, y));
    s.step(loss, optimizer).unwrap();
    let mut values = w.value().to_vec();
    values.push(b.value().value());
    // Descent with rate 1 from 0: what is left is the gradient that arrived.
    values.iter().map(|value| -value).collect()
}

#[test]
fn all_gradients_have_one_norm() {
    let found = step(([2.0, -3.0], 6.0), &mut Clipped::new(Sgd::new(1.0), 3.5));
    let factor = 3.5 / (7.0 + 1e-6);
    assert_eq!(found, [2.0 * factor, -3.0 * factor, 6.0 * factor]);
    assert_eq!(step(([2.0, -3.0], 6.0), &mut Clipped::new(Sgd::new(1.0), 0.0)), [0.0; 3]);
    // The smaller of two limits holds.
    let twice = &mut Clipped::new(Clipped::new(Sgd::new(1.0), 3.5), 5.0);
    assert_eq!(step(([2.0, -3.0], 6.0), twice), found);
}

#[test]
fn gradients_below_the_limit_keep_their_bits() {
    let gradients = ([0.1, -1.0 / 3.0], 1e-300);
    for max_norm in [0.4, 1e300] {
        assert_eq!(step(gradients, &mut Clipped::new(Sgd::new(1.0), max_norm)), step(gradients, &mut Sgd::new(1.0)));
    }
    for case in cases::<f32>() {
        let (plain, clipped) = (Model::<f32>::new(number), Model::<f32>::new(number));
        plain.train(&case, &mut (case.optimizer)(), 0..STEPS);
        let mut optimizer: Box<dyn Optimizer<f32>> = Box::new(Clipped::new((case.optimizer)(), 1e6));
        clipped.train(&case, &mut optimizer, 0..STEPS);
        assert_eq!(plain.values(), clipped.values(), "{}", case.name);
    }
}

#[test]
fn norms_that_are_not_finite() {
    let found = step(([1.0, f64::NAN], 2.0), &mut Clipped::new(Sgd::new(1.0), 1.0));
    assert!(found.iter().all(|gradient| gradient.is_nan()), "{found:?}");
    let found = step(([1.0, f64::INFINITY], 2.0), &mut Clipped::new(Sgd::new(1.0), 1.0));
    assert!(found[0] == 0.0 && found[1].is_nan() && found[2] == 0.0, "{found:?}");
}

/// The squares of one parameter are summed in the order of a sum, then over parameters: in single precision every
/// other order gives other bits here.
#[test]
fn the_norm_is_summed_in_the_order_of_the_definition() {
    let s = Session::<f32>::new(Options::default());
    let gradients = Tensor::<f32, shape![3, 1100]>::randn(s.rng());
    let others = Tensor::<f32, shape![77]>::randn(s.rng());
    let (w, b) = (Param::new(Tensor::<f32, shape![3, 1100]>::zeros()), Param::new(Tensor::<f32, shape![77]>::zeros()));
    let (x, y) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
    let (g, h) = (s.input(gradients.clone()).unwrap(), s.input(others.clone()).unwrap());
    let (first, second) = (s.sum(s.mul(g, g)), s.sum(s.mul(h, h)));
    let loss = s.add(s.sum(s.mul(g, x)), s.sum(s.mul(h, y)));
    let norm = (s.value(first).unwrap().value() + s.value(second).unwrap().value()).sqrt();
    s.step(loss, &mut Clipped::new(Sgd::new(1.0), 1.0)).unwrap();
    let factor = 1.0 / (norm + 1e-6);
    assert_eq!(w.value(), gradients.map(|x| -(factor * x)));
    assert_eq!(b.value(), others.map(|x| -(factor * x)));
}
