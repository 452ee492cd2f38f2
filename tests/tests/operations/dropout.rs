//! Dropout: which elements stay, and that everything agrees on them.

use super::*;

type Many = shape![100000];
type Few = shape![64];

/// Which elements of a value without zeros stayed.
fn stayed<S: Shape>(y: &Tensor<f64, S>) -> Vec<bool> {
    y.as_slice().iter().map(|&y| y != 0.0).collect()
}

#[test]
fn the_extreme_rates_keep_everything_and_nothing() {
    let s = session();
    let x = randn::<Few>(1);
    let leaf = s.input(x.clone()).unwrap();
    let (all, none) = (s.dropout(leaf, 0.0, true), s.dropout(leaf, 1.0, true));
    assert_eq!(s.value(all).unwrap(), x);
    assert_eq!(s.value(none).unwrap(), Tensor::zeros());
    let grads = s.backward_dense_all(none, Tensor::ones()).unwrap();
    assert_eq!(grads.get(leaf).unwrap(), Tensor::zeros());
}

#[test]
fn evaluation_records_nothing() {
    let s = session();
    let x = s.input(randn::<Few>(1)).unwrap();
    let before = (s.graph(), s.rng().next_u32());
    let other = session();
    other.rng().next_u32();
    assert_eq!(s.dropout(x, 0.5, false), x);
    assert_eq!(s.graph(), before.0);
    assert_eq!(s.rng().next_u32(), other.rng().next_u32(), "no key is drawn");
}

/// Bounds of five standard deviations.
#[test]
fn the_share_is_the_rate_and_the_mean_is_preserved() {
    let count = Many::SIZE as f64;
    for (rate, seed) in [(0.1, 1), (0.3, 2), (0.9, 3)] {
        let s = Session::<f64>::new(Options::default().seed(seed));
        let x = Tensor::<f64, Many>::uniform(1.0, 2.0, s.rng());
        let leaf = s.input(x.clone()).unwrap();
        let y = s.value(s.dropout(leaf, rate, true)).unwrap();
        let kept = stayed(&y).iter().filter(|&&stayed| stayed).count() as f64;
        let deviation = (count * rate * (1.0 - rate)).sqrt();
        assert!((kept - count * (1.0 - rate)).abs() < 5.0 * deviation, "{kept} stay at the rate {rate}");
        let mean = |x: &Tensor<f64, Many>| x.as_slice().iter().sum::<f64>() / count;
        let deviation = 2.0 * (rate / (1.0 - rate) / count).sqrt();
        assert!((mean(&y) - mean(&x)).abs() < 5.0 * deviation, "{} {}", mean(&y), mean(&x));
        for (&x, &y) in x.as_slice().iter().zip(y.as_slice()) {
            assert!(y == 0.0 || y == x / (1.0 - rate), "{x} became {y}");
        }
    }
}

#[test]
fn another_recording_drops_others_on_the_same_tape() {
    let s = session();
    let record = || {
        s.reset_tape();
        let x = s.input(randn::<Few>(1)).unwrap();
        s.value(s.dropout(x, 0.5, true)).unwrap()
    };
    let first = record();
    assert_eq!(s.compiled_tapes(), 1);
    let second = record();
    assert_eq!(s.compiled_tapes(), 1);
    assert_ne!(stayed(&first), stayed(&second));
    // The seed of the session decides, and nothing else.
    let with_seed = |seed| {
        let s = Session::<f64>::new(Options::default().seed(seed));
        let x = s.input(randn::<Few>(1)).unwrap();
        stayed(&s.value(s.dropout(x, 0.5, true)).unwrap())
    };
    assert_eq!(with_seed(0), stayed(&first));
    assert_ne!(with_seed(1), stayed(&first));
}

#[test]
fn one_recording_has_a_key_for_each_call() {
    let s = session();
    let x = s.input(randn::<Few>(1)).unwrap();
    let (a, b) = (s.dropout(x, 0.5, true), s.dropout(x, 0.5, true));
    assert_ne!(stayed(&s.value(a).unwrap()), stayed(&s.value(b).unwrap()));
}

#[test]
fn a_key_decides_the_elements() {
    let s = session();
    let x = s.input(randn::<Few>(1)).unwrap();
    let (key, other) = (s.input_nat(7).unwrap(), s.input_nat(8).unwrap());
    let (a, b) = (s.dropout_keyed(x, 0.5, key), s.dropout_keyed(s.neg(x), 0.5, key));
    let c = s.dropout_keyed(x, 0.5, other);
    let first = stayed(&s.value(a).unwrap());
    assert_eq!(stayed(&s.value(b).unwrap()), first, "the same key");
    assert_ne!(stayed(&s.value(c).unwrap()), first, "another key");
    s.set_nat(key, 8).unwrap();
    assert_eq!(s.value(a).unwrap(), s.value(c).unwrap(), "the number counts, not the input");
    s.set_nat(key, 7).unwrap();
    assert_eq!(stayed(&s.value(a).unwrap()), first);
}

/// Also where the key is large: it is no index, and nothing compares it with a size.
#[test]
fn derivatives_use_the_elements_of_the_value() {
    for key in [0, 3, u32::MAX as usize] {
        let s = session();
        let x = s.input(randn::<Few>(1)).unwrap();
        let key = s.input_nat(key).unwrap();
        let y = s.dropout_keyed(x, 0.3, key);
        let loss = s.sum(s.mul(s.square(y), y));
        let value = s.value(y).unwrap();
        let factors = stayed(&value).into_iter().map(|stayed| if stayed { 1.0 / (1.0 - 0.3) } else { 0.0 });
        let factors: Vec<f64> = factors.collect();
        assert!(factors.contains(&0.0));

        let grads = s.backward_dense_all(y, Tensor::ones()).unwrap();
        assert_eq!(grads.get(x).unwrap().to_vec(), factors);
        let v = randn::<Few>(2);
        let expected: Vec<f64> = factors.iter().zip(v.as_slice()).map(|(factor, v)| factor * v).collect();
        all_close("tangent", s.jvp_leaf(y, x, v.clone()).unwrap().as_slice(), &expected, 1e-14);
        // The Hessian of Σ y³ is 6 y (dy/dx)² on the diagonal.
        let expected: Vec<f64> =
            (0..Few::SIZE).map(|i| 6.0 * value.as_slice()[i] * factors[i] * factors[i] * v.as_slice()[i]).collect();
        all_close("Hessian", s.hvp_leaf(loss, x, v).unwrap().as_slice(), &expected, 1e-13);
    }
}

#[test]
fn what_is_no_probability_is_refused() {
    let s = session();
    let x = s.input(randn::<Few>(1)).unwrap();
    let key = s.input_nat(0).unwrap();
    for rate in [-0.1, 1.5, f64::NAN] {
        for training in [true, false] {
            let message = refusal(|| s.dropout(x, rate, training));
            assert!(message.contains("not a probability"), "{message}");
        }
        let message = refusal(|| s.dropout_keyed(x, rate, key));
        assert!(message.contains("the rate must be a probability"), "{message}");
    }
    assert_eq!(s.graph().nodes().len(), 0);
    assert_eq!(s.value(s.dropout(x, 0.0, true)).unwrap(), randn::<Few>(1));
}
