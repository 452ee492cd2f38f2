//! What a session does with leaves, values, natural numbers, gradients and stale references.

use session::prelude::*;
use session::scalar::Scalar;
use session::{DenseGrads, Tape, ir};

type Vector = shape![3];

fn session() -> Session<f64> {
    Session::new(Options::default())
}

fn vector(values: [f64; 3]) -> Tensor<f64, Vector> {
    Tensor::from_array(values)
}

#[test]
fn sharing_between_threads_is_as_documented() {
    fn send<T: Send>() {}
    fn send_and_sync<T: Send + Sync>() {}
    send::<Session>();
    send_and_sync::<Param<Vector>>();
    send_and_sync::<Tensor<f32, Vector>>();
    send_and_sync::<ir::Graph>();
    send_and_sync::<Tape<f32>>();
    assert_eq!(size_of::<TensorRef<shape![64, 784]>>(), 8);
}

#[test]
fn stale_references_are_refused() {
    let s = session();
    let x = s.input(vector([1.0, 2.0, 3.0])).unwrap();
    let labels = s.input_nat_vec::<Dim<1>>(&[0]).unwrap();
    let loss = s.sum(x);
    let grads = s.backward_scalar_dense_all(loss).unwrap();
    s.reset_tape();
    for error in [
        s.value(x).unwrap_err(),
        s.keep(x).unwrap_err(),
        s.nat_vec(labels).unwrap_err(),
        s.set_nat_vec(labels, &[1]).unwrap_err(),
        s.backward_params(loss).unwrap_err(),
        s.backward_scalar_dense_all(loss).unwrap_err(),
        s.jvp_leaf(loss, x, vector([0.0; 3])).unwrap_err(),
        s.hvp_leaf(loss, x, vector([0.0; 3])).unwrap_err(),
    ] {
        assert!(matches!(error, Error::StaleRef { .. }), "{error}");
    }
    let error = s.sgd_step_all(0.1, &grads).unwrap_err();
    assert!(matches!(error, Error::StaleGradients { .. }), "{error}");
    let fresh = s.input(vector([0.0; 3])).unwrap();
    assert!(matches!(grads.get(fresh).unwrap_err(), Error::StaleRef { .. }));
}

#[test]
fn a_stale_operand_panics_at_the_call_and_names_both_recordings() {
    let (s, other) = (session(), session());
    let x = other.input(vector([1.0, 2.0, 3.0])).unwrap();
    let place = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (seen, here) = (place.clone(), std::thread::current().id());
    let previous = std::panic::take_hook();
    // The hook is the process's: other tests panic on other threads meanwhile.
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == here {
            *seen.lock().unwrap() = info.location().map(|location| (location.file().to_owned(), location.line()));
        } else {
            previous(info);
        }
    }));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| s.relu(x)));
    let line = line!() - 1;
    let _ = std::panic::take_hook();
    let message = *result.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("the ref belongs to recording"), "{message}");
    assert_eq!(message.matches("recording").count(), 2, "{message}");
    assert_eq!(place.lock().unwrap().take(), Some((file!().to_owned(), line)));
}

#[test]
fn leaves_come_first() {
    let s = session();
    let w = Param::new(vector([1.0; 3]));
    let x = s.input(vector([1.0, 2.0, 3.0])).unwrap();
    s.relu(x);
    let before = s.graph();
    for error in [
        s.input(vector([0.0; 3])).unwrap_err(),
        s.input_named("x", vector([0.0; 3])).unwrap_err(),
        s.use_param(&w).unwrap_err(),
        s.input_nat(1).unwrap_err(),
        s.input_nat_vec::<Dim<2>>(&[1, 2]).unwrap_err(),
    ] {
        assert!(matches!(error, Error::LeafAfterNode { nodes: 1 }), "{error}");
    }
    assert_eq!(s.graph(), before, "nothing is recorded");
    s.reset_tape();
    s.input(vector([0.0; 3])).unwrap();
}

#[test]
fn a_constant_is_a_leaf_or_a_node() {
    let s = session();
    let leaf = s.constant(vector([1.0, 2.0, 3.0]));
    let y = s.relu(leaf);
    let node = s.constant(vector([4.0, 5.0, 6.0]));
    let loss = s.sum(s.mul(y, node));
    assert_eq!((s.graph().leaves().len(), s.graph().nodes().len()), (1, 4));
    let grads = s.backward_scalar_dense_all(loss).unwrap();
    assert_eq!(grads.get(leaf).unwrap(), vector([4.0, 5.0, 6.0]));
    assert_eq!(s.value(loss).unwrap().value(), 32.0);
    // Another recording with another constant runs on the same tape.
    s.reset_tape();
    let leaf = s.constant(vector([1.0, 2.0, 3.0]));
    let node = s.mul(s.relu(leaf), s.constant(vector([0.0, 0.0, -1.0])));
    assert_eq!(s.value(s.sum(node)).unwrap().value(), -3.0);
}

#[test]
fn parameters_are_copied_into_leaves() {
    let s = session();
    let w = Param::new(vector([1.0, 2.0, 3.0])).named("w");
    let leaf = s.use_param(&w).unwrap();
    w.set_value(vector([9.0; 3]));
    assert_eq!(s.value(leaf).unwrap(), vector([1.0, 2.0, 3.0]));
    assert_eq!(s.graph().name(leaf.id()), Some("w"));
    // The update starts from the current value.
    let loss = s.sum(leaf);
    s.sgd_step_all(1.0, &s.backward_params(loss).unwrap()).unwrap();
    assert_eq!(w.value(), vector([8.0; 3]));
    s.step(loss, &mut session::optim::Sgd::new(1.0)).unwrap();
    assert_eq!(w.value(), vector([7.0; 3]));
}

#[test]
fn a_parameter_in_two_leaves_gets_one_update() {
    let s = session();
    let w = Param::new(vector([1.0, 1.0, 1.0]));
    let frozen = Param::new(vector([1.0, 1.0, 1.0])).frozen();
    let (a, b, c) = (s.use_param(&w).unwrap(), s.use_param(&w).unwrap(), s.use_param(&frozen).unwrap());
    let loss = s.sum(s.mul(s.scale(a, 3.0), s.mul(b, c)));
    let grads = s.backward_params(loss).unwrap();
    assert_eq!((grads.len(), grads.value()), (1, 9.0));
    assert_eq!(grads.get(&w).unwrap(), vector([6.0; 3]));
    assert!(grads.get(&frozen).is_none());
    s.sgd_step_all(0.5, &grads).unwrap();
    assert_eq!(w.value(), vector([-2.0; 3]));
    s.sgd_step_all(0.5, &s.backward_scalar_dense_all(loss).unwrap()).unwrap();
    assert_eq!(w.value(), vector([-5.0; 3]));
    s.step(loss, &mut session::optim::Sgd::new(0.5)).unwrap();
    assert_eq!(w.value(), vector([-8.0; 3]));
    assert_eq!(frozen.value(), vector([1.0; 3]));
}

#[test]
fn dense_gradients_have_every_entry() {
    let s = session();
    let x = s.input(vector([1.0, 0.0, 3.0])).unwrap();
    let unrelated = s.log(s.scale(x, 0.0));
    let y = s.exp(x);
    let seed = vector([1.0, 2.0, 3.0]);
    let grads: DenseGrads<f64> = s.backward_dense_all(y, seed.clone()).unwrap();
    assert_eq!(grads.len(), 4);
    assert_eq!(grads.get(y).unwrap(), seed);
    assert_eq!(grads.get(unrelated).unwrap(), Tensor::zeros(), "an infinity that the seed does not reach");
    let expected = s.value(s.mul(y, s.constant(seed.clone()))).unwrap();
    assert_eq!(grads.get(x).unwrap(), expected);
    let seeds: Vec<Option<DynTensor<f64>>> = vec![Some(vector([1.0; 3]).into_dyn()), None, None, Some(seed.into_dyn())];
    let error = s.backward_dense_from(&seeds).unwrap_err();
    assert_eq!(error.to_string(), "the list of seeds has 4 elements, expected 6");
    s.reset_tape();
    let x = s.input(vector([1.0, 0.0, 3.0])).unwrap();
    let y = s.neg(x);
    let seeds = [Some(vector([1.0; 3]).into_dyn()), Some(vector([5.0; 3]).into_dyn())];
    assert_eq!(s.backward_dense_from(&seeds).unwrap().get(x).unwrap(), vector([-4.0; 3]));
    let wrong = [None, Some(Tensor::<f64, shape![2]>::ones().into_dyn())];
    let error = s.backward_dense_from(&wrong).unwrap_err();
    assert_eq!(error.to_string(), "the seed at position 1 has shape [2], expected [3]");
    assert_eq!(s.value(y).unwrap(), vector([-1.0, 0.0, -3.0]));
}

#[test]
fn kept_values_come_with_any_run() {
    let s = session();
    let w = Param::new(vector([0.5, -1.0, 2.0]));
    let x = s.use_param(&w).unwrap();
    let hidden = s.keep(s.tanh(x)).unwrap();
    let loss = s.sum(s.mul(hidden, hidden));
    s.backward_params(loss).unwrap();
    let expected = vector([0.5, -1.0, 2.0]).map(Scalar::tanh);
    assert_eq!(s.value(hidden).unwrap(), expected);
}

#[test]
fn natural_numbers_retarget_recorded_gathers() {
    let s = Session::<f32>::new(Options::default());
    let table = s.input(Tensor::<f32, shape![3, 2]>::from_array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).unwrap();
    let indices = s.input_nat_vec::<Dim<2>>(&[2, 0]).unwrap();
    let one = s.input_nat(1).unwrap();
    let rows = s.gather_rows_ref(table, indices);
    let row = s.embedding(table, one);
    assert_eq!(s.value(rows).unwrap().to_vec(), [5.0, 6.0, 1.0, 2.0]);
    assert_eq!(s.value(row).unwrap().to_vec(), [3.0, 4.0]);
    s.set_nat_vec(indices, &[1, 1]).unwrap();
    s.set_nat(one, 0).unwrap();
    assert_eq!((s.nat_vec(indices).unwrap(), s.nat(one).unwrap()), (vec![1, 1], 0));
    assert_eq!(s.value(rows).unwrap().to_vec(), [3.0, 4.0, 3.0, 4.0]);
    assert_eq!(s.value(row).unwrap().to_vec(), [1.0, 2.0]);
    let grads = s.backward_dense_all(rows, Tensor::ones()).unwrap();
    assert_eq!(grads.get(table).unwrap().to_vec(), [0.0, 0.0, 2.0, 2.0, 0.0, 0.0]);
    let error = s.set_nat_vec(indices, &[1]).unwrap_err();
    assert_eq!(error.to_string(), "the list of natural numbers has 1 elements, expected 2");

    s.set_nat_vec(indices, &[1, 3]).unwrap();
    let error = s.value(rows).unwrap_err();
    assert_eq!(error.to_string(), format!("gather_rows at {}: the index 3 at position 1 must be below 3", rows.id()));
    assert!(s.backward_dense_all(rows, Tensor::ones()).is_err());
    let tangent = s.jvp_leaf(rows, table, Tensor::ones()).unwrap_err();
    assert!(matches!(tangent, Error::IndexOutOfRange { index: 3, size: 3, .. }));
}

#[test]
fn unchecked_indices_follow_the_total_rule() {
    let s = Session::<f32>::new(Options::default().check_indices(false));
    let logits = s.input(Tensor::<f32, shape![2, 3]>::from_array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])).unwrap();
    let labels = s.input_nat_vec::<Dim<2>>(&[7, 1]).unwrap();
    let loss = s.cross_entropy(logits, labels);
    let expected = Scalar::ln(3.0f32) / 2.0;
    assert_eq!(s.value(loss).unwrap().value(), expected);
    let grads = s.backward_scalar_dense_all(loss).unwrap().get(logits).unwrap();
    assert_eq!(grads.as_slice()[..3], [0.0; 3]);
    assert!(grads.as_slice()[4] < 0.0);
}

#[test]
fn tangents() {
    let s = session();
    let x = s.input(vector([0.3, -1.0, 0.7])).unwrap();
    let other = s.input(vector([1.0, 2.0, 3.0])).unwrap();
    let y = s.log_softmax(x);
    let direction = vector([1.0, 0.5, -2.0]);
    let tangent = s.jvp_leaf(y, x, direction.clone()).unwrap();
    for (found, expected) in tangent.to_vec().iter().zip([1.66828700, 1.16828700, -1.33171300]) {
        assert!((found - expected).abs() < 5e-9, "{found} {expected}");
    }
    assert_eq!(s.jvp_leaf(y, other, direction.clone()).unwrap(), Tensor::zeros());
    let all = [direction.clone().into_dyn(), Tensor::<f64, Vector>::ones().into_dyn()];
    assert_eq!(s.jvp_dense_all(y, &all).unwrap(), tangent);
    let loss = s.sum(s.mul(y, s.mul(x, other)));
    let along = s.jvp_scalar_leaf(loss, x, direction.clone()).unwrap();
    let gradient = s.backward_scalar_dense_all(loss).unwrap().get(x).unwrap();
    let dot: f64 = gradient.as_slice().iter().zip(direction.as_slice()).map(|(g, d)| g * d).sum();
    assert!((along - dot).abs() < 1e-14, "{along} {dot}");

    let error = s.jvp_dense_all(y, &all[..1]).unwrap_err();
    assert_eq!(error.to_string(), "the list of tangents has 1 elements, expected 2");
    let wrong = [all[0].clone(), Tensor::<f64, shape![4]>::ones().into_dyn()];
    let error = s.jvp_dense_all(y, &wrong).unwrap_err();
    assert_eq!(error.to_string(), "the tangent at position 1 has shape [4], expected [3]");
    assert!(matches!(s.jvp_leaf(loss, y, direction).unwrap_err(), Error::NotALeaf { .. }));
}

/// The Hessian times a vector, against differences of gradients.
#[test]
fn hessian_times_vector() {
    let gradient = |at: [f64; 3]| {
        let s = session();
        let x = s.input(vector(at)).unwrap();
        let loss = s.sum(s.mul(s.tanh(x), s.softmax(x)));
        (
            s.backward_scalar_dense_all(loss).unwrap().get(x).unwrap(),
            s.hvp_leaf(loss, x, vector([1.0, -2.0, 0.5])).unwrap(),
        )
    };
    let at = [0.2, -0.4, 1.1];
    let step = 1e-5;
    let moved = |sign: f64| [at[0] + sign * step, at[1] - sign * 2.0 * step, at[2] + sign * 0.5 * step];
    let (ahead, behind) = (gradient(moved(1.0)).0, gradient(moved(-1.0)).0);
    let found = gradient(at).1;
    for index in 0..3 {
        let expected = (ahead[[index]] - behind[[index]]) / (2.0 * step);
        assert!((found[[index]] - expected).abs() < 1e-8, "{} {expected}", found[[index]]);
    }
    let s = session();
    let x = s.input(vector(at)).unwrap();
    let loss = s.sum(s.scale(x, 2.0));
    assert_eq!(s.hvp_leaf(loss, x, Tensor::ones()).unwrap(), Tensor::zeros(), "a linear loss has no second derivative");
}

#[test]
fn typed_references_from_ids() {
    let s = session();
    let x = s.input(vector([1.0, 2.0, 3.0])).unwrap();
    let y = s.relu(x);
    assert_eq!(s.typed::<Vector>(y.id()).unwrap(), y);
    let error = s.typed::<shape![4]>(y.id()).unwrap_err();
    assert_eq!(error.to_string(), "value %1 has shape [3], expected [4]");
    let error = s.typed::<Vector>(ir::Id::new(2)).unwrap_err();
    assert_eq!(error.to_string(), "there is no value %2: the recording has 2 values");
}

#[test]
fn eager_sessions_give_the_same_bits() {
    let record = |s: &Session<f32>| {
        let x = s.input(Tensor::<f32, shape![5, 4]>::randn(s.rng())).unwrap();
        let w = s.input(Tensor::<f32, shape![3, 4]>::randn(s.rng())).unwrap();
        let b = s.input(Tensor::<f32, shape![3]>::randn(s.rng())).unwrap();
        let labels = s.input_nat_vec::<Dim<5>>(&[0, 1, 2, 0, 1]).unwrap();
        let logits = s.linear(w, b, s.tanh(x));
        (labels, logits, s.cross_entropy(logits, labels))
    };
    let (compiled, eager) =
        (Session::new(Options::default()), Session::new(Options::default().backend(Backend::Eager)));
    let ((_, logits, loss), (labels, eager_logits, eager_loss)) = (record(&compiled), record(&eager));
    assert_eq!(compiled.value(logits).unwrap(), eager.value(eager_logits).unwrap());
    assert_eq!(compiled.value(loss).unwrap(), eager.value(eager_loss).unwrap());
    let before = eager.value(eager_loss).unwrap();
    eager.set_nat_vec(labels, &[2, 2, 2, 2, 2]).unwrap();
    assert_ne!(eager.value(eager_loss).unwrap(), before, "dependents are computed again");
    let later = eager.scale(eager_loss, 2.0);
    assert_eq!(eager.value(later).unwrap().value(), 2.0 * eager.value(eager_loss).unwrap().value());
}

#[test]
fn eager_sessions_check_again_when_numbers_change() {
    let s = Session::<f64>::new(Options::default().backend(Backend::Eager).stop_at_non_finite(true));
    let table = s.input(Tensor::<f64, shape![2, 1]>::from_array([[0.0], [1.0]])).unwrap();
    let index = s.input_nat(1).unwrap();
    let y = s.log(s.embedding(table, index));
    assert_eq!(s.value(y).unwrap().to_vec(), [0.0]);
    s.set_nat(index, 0).unwrap();
    assert!(matches!(s.value(y).unwrap_err(), Error::NonFinite { op: "log", .. }));
    s.set_nat(index, 1).unwrap();
    assert_eq!(s.value(y).unwrap().to_vec(), [0.0]);
}

/// Threads that share a parameter lose no update.
#[test]
fn shared_parameters_are_updated_one_at_a_time() {
    let shared = Param::new(Tensor::<f64, shape![2]>::zeros());
    let other = Param::new(Tensor::<f64, shape![2]>::zeros());
    std::thread::scope(|scope| {
        for turn in 0..2 {
            let (shared, other) = (shared.clone(), other.clone());
            scope.spawn(move || {
                let s = Session::<f64>::new(Options::default().threads(1));
                for round in 0..200 {
                    s.reset_tape();
                    // In either order: locks are taken in one.
                    let (first, second) = if turn == 0 { (&shared, &other) } else { (&other, &shared) };
                    let (a, b) = (s.use_param(first).unwrap(), s.use_param(second).unwrap());
                    let loss = s.neg(s.sum(s.add(a, b)));
                    if round % 2 == 0 {
                        s.step(loss, &mut session::optim::Sgd::new(1.0)).unwrap();
                    } else {
                        s.sgd_step_all(1.0, &s.backward_params(loss).unwrap()).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!((shared.value().to_vec(), other.value().to_vec()), (vec![400.0; 2], vec![400.0; 2]));
}

/// A compiled step refuses an optimiser of another kind than it was compiled with.
#[test]
#[should_panic(expected = "the kind of the optimiser")]
fn another_optimiser_is_refused() {
    let s = session();
    let w = Param::new(vector([1.0; 3]));
    let loss = s.sum(s.use_param(&w).unwrap());
    let mut step = s.compile_step(loss, session::optim::Sgd::new(0.1)).unwrap();
    step.optimizer().set_momentum(0.9);
    let _ = step.run(());
}

#[test]
fn eager_sessions_stop_at_what_is_not_finite() {
    let s = Session::<f64>::new(Options::default().backend(Backend::Eager).stop_at_non_finite(true));
    let x = s.input(vector([1.0, 0.0, 3.0])).unwrap();
    assert_eq!(s.value(s.neg(x)).unwrap(), vector([-1.0, -0.0, -3.0]));
    let bad = s.log(x);
    let loss = s.sum(bad);
    for error in [s.value(loss).unwrap_err(), s.backward_params(loss).unwrap_err()] {
        assert_eq!(error.to_string(), format!("log at {} gave a value that is not finite", bad.id()));
    }
    s.reset_tape();
    let x = s.input(vector([1.0, 2.0, 3.0])).unwrap();
    assert!(s.value(s.log(x)).is_ok());
}

#[test]
fn compiled_steps_check_their_inputs() {
    let s = Session::<f32>::new(Options::default());
    let table = Param::new(Tensor::<f32, shape![3, 2]>::ones());
    let leaf = s.use_param(&table).unwrap();
    let scale = s.input(Tensor::<f32, shape![2, 2]>::ones()).unwrap();
    let indices = s.input_nat_vec::<Dim<2>>(&[0, 1]).unwrap();
    let rows = s.gather_rows_ref(leaf, indices);
    let loss = s.sum(s.mul(rows, scale));
    let mut step = s.compile_step(loss, session::optim::Sgd::new(1.0)).unwrap();
    assert_eq!(step.run(((indices, &[2, 2]),)).unwrap(), 4.0);
    assert_eq!(table.value().to_vec(), [1.0, 1.0, 1.0, 1.0, -1.0, -1.0]);
    let before = table.value();
    let error = step.run(((indices, &[2, 3]),)).unwrap_err();
    assert!(matches!(error, Error::IndexOutOfRange { position: 1, index: 3, size: 3, .. }), "{error}");
    let error = step.run(((indices, &[2]),)).unwrap_err();
    assert_eq!(error.to_string(), "the list of natural numbers has 1 elements, expected 2");
    let error = step.run(((rows, Tensor::ones()),)).unwrap_err();
    assert!(matches!(error, Error::NotALeaf { .. }), "{error}");
    assert_eq!(table.value(), before, "nothing has changed");
    assert_eq!(step.run(((indices, &[0, 0]), (scale, &Tensor::zeros()))).unwrap(), 0.0);
}

/// A session remembers 64 tapes; what is older is compiled anew and gives the same.
#[test]
fn more_recordings_than_tapes_kept() {
    let s = session();
    for round in 0..2 {
        for length in 1..70 {
            s.reset_tape();
            let mut x = s.input(vector([1.0, 2.0, 3.0])).unwrap();
            for _ in 0..length {
                x = s.scale(x, -1.0);
            }
            let sign = if length % 2 == 0 { 1.0 } else { -1.0 };
            assert_eq!(s.value(x).unwrap(), vector([sign, 2.0 * sign, 3.0 * sign]), "round {round}");
        }
    }
}
