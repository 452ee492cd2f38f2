//! What the typed methods of a session and its functions do.

mod attention;
mod derivatives;
mod dropout;
mod eager;
mod naturals;
mod normalisation;
mod refusals;
mod twins;
mod untyped;

use std::panic::{AssertUnwindSafe, catch_unwind};

use session::prelude::*;
use session::random::Rng;

fn session() -> Session<f64> {
    Session::new(Options::default().threads(2))
}

fn randn<S: Shape>(seed: u64) -> Tensor<f64, S> {
    Tensor::randn(&mut Rng::new(seed))
}

#[track_caller]
fn all_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (position, (&a, &b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, element {position}: {a}, expected {b}");
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// What a refused call says.
#[track_caller]
fn refusal<R>(call: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(_) => panic!("the call was not refused"),
        Err(payload) => match payload.downcast_ref::<&str>() {
            Some(message) => (*message).to_owned(),
            None => *payload.downcast::<String>().expect("a message"),
        },
    }
}

/// Gradient, tangent and Hessian times vector of a loss of one leaf, against differences along two directions.
#[track_caller]
fn check_derivatives<S: Shape>(
    what: &str,
    at: &Tensor<f64, S>,
    record: impl Fn(&Session<f64>, TensorRef<S>) -> TensorRef<()>,
) {
    let s = session();
    let run = |x: &Tensor<f64, S>, v: &Tensor<f64, S>| {
        s.reset_tape();
        let leaf = s.input(x.clone()).unwrap();
        let loss = record(&s, leaf);
        let gradient = s.backward_scalar_dense_all(loss).unwrap().get(leaf).unwrap();
        let tangent = s.jvp_scalar_leaf(loss, leaf, v.clone()).unwrap();
        (s.value(loss).unwrap().value(), gradient, tangent, s.hvp_leaf(loss, leaf, v.clone()).unwrap())
    };
    let step = 1e-4;
    for seed in [70, 71] {
        let v = randn::<S>(seed);
        let [far_behind, behind, here, ahead, far_ahead] =
            [-2.0, -1.0, 0.0, 1.0, 2.0].map(|steps| run(&at.zip(&v, |x, v| x + steps * step * v), &v));
        // Differences of fourth order.
        let slope = |near: f64, far: f64| (8.0 * near - far) / (12.0 * step);
        let along = [slope(ahead.0 - behind.0, far_ahead.0 - far_behind.0)];
        all_close(&format!("{what}: the gradient along v"), &[dot(here.1.as_slice(), v.as_slice())], &along, 1e-8);
        all_close(&format!("{what}: the tangent along v"), &[here.2], &along, 1e-8);
        let near = ahead.1.zip(&behind.1, |a, b| a - b);
        let curve = near.zip(&far_ahead.1.zip(&far_behind.1, |a, b| a - b), slope);
        all_close(&format!("{what}: the Hessian times v"), here.3.as_slice(), curve.as_slice(), 1e-8);
    }
}
