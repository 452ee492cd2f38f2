//! Shapes known only at run time: `build`, `restore`, and values in and out.

use session::GraphBuilder;
use session::ir::{DynShape, Id, op};
use session::session::Snapshot;

use super::*;

type Vector = shape![3];

fn vector() -> Tensor<f64, Vector> {
    Tensor::from_array([1.0, -2.0, 4.0])
}

#[test]
fn a_builder_continues_the_recording() {
    let s = session();
    let x = s.input(vector()).unwrap();
    let y = s.relu(x);
    let z: TensorRef<Vector> = s
        .build(|b| {
            assert_eq!(b.id(y)?, y.id());
            let z = b.layer_norm(b.id(y)?, x.id(), x.id(), 1e-6)?;
            b.typed(z)
        })
        .unwrap();
    let typed = s.layer_norm(y, x, x);
    assert_eq!(s.value(z).unwrap(), s.value(typed).unwrap());
    let grads = s.backward_dense_all(z, Tensor::ones()).unwrap();
    assert_eq!(grads.get(x).unwrap(), s.backward_dense_all(typed, Tensor::ones()).unwrap().get(x).unwrap());
}

#[test]
fn what_a_builder_refuses() {
    let s = session();
    let x = s.input(vector()).unwrap();
    let stale = {
        let other = session();
        other.input(vector()).unwrap()
    };
    let error = s.build(|b| b.input(DynShape::new(&[2]))).unwrap_err();
    assert!(matches!(&error, Error::Call { name, .. } if name == "input"), "{error}");
    let error = s.build(|b| b.input_nats(DynShape::new(&[2]))).unwrap_err();
    assert!(matches!(&error, Error::Call { name, .. } if name == "input_nats"), "{error}");
    let error = s.build(|b| b.id(stale)).unwrap_err();
    assert!(matches!(error, Error::StaleRef { .. }), "{error}");
    let error = s.build(|b| b.relu(Id::new(9))).unwrap_err();
    assert!(matches!(error, Error::NoSuchValue { count: 1, .. }), "{error}");
    let error = s.build(|b| b.typed::<shape![2]>(x.id())).unwrap_err();
    assert!(matches!(error, Error::ShapeMismatch { .. }), "{error}");
    assert_eq!(s.graph().len(), 1, "nothing was recorded");

    // What comes before the error stays, of the operation itself nothing.
    let error = s
        .build(|b| {
            let y = b.relu(x.id())?;
            b.gather_vec_nat(y, &[0, 1])?;
            b.smooth_max_pool(y, &[1], &[1], &[0], 2.0)
        })
        .unwrap_err();
    let before = s.graph().len();
    assert_eq!(
        error.to_string(),
        format!("node {}: smooth_max_pool of [3]: {}", Id::new(before), error_rule(&error)),
        "it names the operation, not a node inside it"
    );
    assert_eq!(s.graph().nodes().last().unwrap().shape, DynShape::new(&[2]), "the gather is the last");
    let gathered = s.typed::<shape![2]>(Id::new(before - 1)).unwrap();
    assert_eq!(s.value(gathered).unwrap().to_vec(), [1.0, 0.0]);
}

fn error_rule(error: &Error) -> &str {
    match error {
        Error::Rule { rule, .. } => rule,
        other => panic!("{other}"),
    }
}

/// What was added before the panic is part of the recording, and counts in what is recorded later.
#[test]
fn a_panic_while_building_leaves_the_recording_usable() {
    for backend in [Backend::Compiled, Backend::Eager] {
        let s = Session::<f64>::new(Options::default().backend(backend));
        let x = s.input(vector()).unwrap();
        let message = refusal(|| {
            s.build::<()>(|b| {
                let y = b.relu(x.id())?;
                b.gather_scalar_nat(y, 2)?;
                let data = session::ir::Data::new([5.0]);
                b.push(op::Constant { shape: DynShape::new(&[1]), data }, &[])?;
                panic!("{} nodes are recorded", b.graph().nodes().len())
            })
        });
        let nodes = s.graph().nodes().len();
        assert_eq!(message, format!("{nodes} nodes are recorded"));
        let relu = s.typed::<Vector>(Id::new(1)).unwrap();
        let gathered = s.typed::<shape![]>(Id::new(nodes - 1)).unwrap();
        let constant = s.typed::<shape![1]>(Id::new(nodes)).unwrap();
        assert_eq!(s.value(relu).unwrap().to_vec(), [1.0, 0.0, 4.0], "{backend:?}");
        assert_eq!(s.value(gathered).unwrap().value(), 4.0);
        assert_eq!(s.value(constant).unwrap().to_vec(), [5.0]);
        // Another constant is not taken for the first.
        let other = s.constant(Tensor::<f64, shape![1]>::from_array([7.0]));
        let sum = s.add(other, constant);
        assert_eq!(s.value(sum).unwrap().to_vec(), [12.0]);
        assert_eq!(
            s.backward_dense_all(s.sum(relu), Tensor::ones()).unwrap().get(x).unwrap().to_vec(),
            [1.0, 0.0, 1.0]
        );
    }
}

/// Indices of nodes that were added before a panic are checked too.
#[test]
fn indices_are_checked_after_a_panic() {
    let s = session();
    let x = s.input(vector()).unwrap();
    refusal(|| {
        s.build::<()>(|b| {
            b.gather_scalar_nat(x.id(), 3)?;
            panic!("{}", "later")
        })
    });
    let error = s.value(s.relu(x)).unwrap_err();
    assert!(matches!(error, Error::IndexOutOfRange { index: 3, size: 3, .. }), "{error}");
}

#[test]
fn values_in_and_out() {
    let s = session();
    let shape = DynShape::new(&[2, 2]);
    let x = s.input_dyn(DynTensor::new(shape, vec![1.0, 2.0, 3.0, 4.0]).unwrap()).unwrap();
    let rows = s.input_nats_dyn(DynShape::new(&[3]), &[1, 0, 1]).unwrap();
    let error = s.input_nats_dyn(DynShape::new(&[3]), &[1, 0]).unwrap_err();
    assert_eq!(error.to_string(), "the list of natural numbers has 2 elements, expected 3");
    let y = s.build(|b| b.gather_rows_ref(x, rows)).unwrap();
    let value = s.value_dyn(y).unwrap();
    assert_eq!((value.shape(), value.as_slice()), (DynShape::new(&[3, 2]), &[3.0, 4.0, 1.0, 2.0, 3.0, 4.0][..]));
    assert_eq!(s.value_dyn(x).unwrap().as_slice(), [1.0, 2.0, 3.0, 4.0], "a leaf");
    assert_eq!(s.value(s.typed::<shape![3, 2]>(y).unwrap()).unwrap().as_slice(), value.as_slice());

    let before = s.snapshot();
    let late = DynTensor::new(DynShape::new(&[1]), vec![0.0]).unwrap();
    assert!(matches!(s.input_dyn(late).unwrap_err(), Error::LeafAfterNode { nodes: 1 }));
    let error = s.input_nats_dyn(DynShape::new(&[1]), &[0]).unwrap_err();
    assert!(matches!(error, Error::LeafAfterNode { nodes: 1 }), "{error}");
    assert_eq!((s.graph(), s.snapshot().naturals), (before.graph, before.naturals), "nothing was recorded");
    let error = s.value_dyn(Id::new(2)).unwrap_err();
    assert!(matches!(error, Error::NoSuchValue { count: 2, .. }), "{error}");

    s.reset_tape();
    let x = s.input_dyn(DynTensor::new(shape, vec![0.0; 4]).unwrap()).unwrap();
    let y = s.build(|b| b.gather_rows_nat(x, &[0, 2])).unwrap();
    assert!(matches!(s.value_dyn(y).unwrap_err(), Error::IndexOutOfRange { position: 1, index: 2, size: 2, .. }));
}

/// A model with captured indices, a key and a constant.
fn recorded(s: &Session<f64>) -> TensorRef<()> {
    let x = s.input_named("x", vector()).unwrap();
    let key = s.input_nat(3).unwrap();
    let h = s.gather_vec_nat(s.dropout_keyed(s.exp(x), 0.4, key), [2, 0, 2, 1]);
    let h = s.mul(h, s.constant(randn::<shape![4]>(3)));
    s.sum(s.softplus(h))
}

#[test]
fn a_snapshot_is_restored() {
    let s = session();
    let loss = recorded(&s);
    for backend in [Backend::Compiled, Backend::Eager] {
        let other = Session::<f64>::new(Options::default().backend(backend));
        let stale = other.input(vector()).unwrap();
        other.relu(stale);
        other.restore(s.snapshot()).unwrap();
        assert_eq!(other.graph(), s.graph());
        assert_eq!(other.graph().name(Id::new(0)), Some("x"));
        assert!(matches!(other.value(stale).unwrap_err(), Error::StaleRef { .. }));
        let (restored, x) = (other.typed::<shape![]>(loss.id()).unwrap(), other.typed::<Vector>(Id::new(0)).unwrap());
        assert_eq!(other.value(restored).unwrap(), s.value(loss).unwrap());
        let gradient = s.backward_scalar_dense_all(loss).unwrap().get(s.typed::<Vector>(Id::new(0)).unwrap()).unwrap();
        assert_eq!(other.backward_scalar_dense_all(restored).unwrap().get(x).unwrap(), gradient);
        let doubled = other.scale(restored, 2.0);
        assert_eq!(other.value(doubled).unwrap().value(), 2.0 * s.value(loss).unwrap().value());
    }
}

/// A restored recording finds the tape of the one that was recorded, whose natural numbers came between nodes.
#[test]
fn a_restored_recording_finds_the_same_tape() {
    let s = session();
    let loss = recorded(&s);
    let value = s.value(loss).unwrap();
    let tapes = s.compiled_tapes();
    s.restore(s.snapshot()).unwrap();
    assert_eq!(s.value(s.typed::<shape![]>(loss.id()).unwrap()).unwrap(), value);
    assert_eq!(s.compiled_tapes(), tapes);
}

#[test]
fn what_does_not_fit_is_not_restored() {
    let source = session();
    recorded(&source);
    let s = session();
    let x = s.input(vector()).unwrap();
    let y = s.neg(x);
    let refuse = |change: &dyn Fn(&mut Snapshot<f64>)| {
        let mut snapshot = source.snapshot();
        change(&mut snapshot);
        let error = s.restore(snapshot).unwrap_err();
        assert_eq!(s.value(y).unwrap().to_vec(), [-1.0, 2.0, -4.0], "the recording is kept: {error}");
        error.to_string()
    };
    let message = refuse(&|snapshot| snapshot.leaves.clear());
    assert_eq!(message, "the list of leaves has 0 elements, expected 1");
    let message = refuse(&|snapshot| snapshot.leaves[0] = Tensor::<f64, shape![4]>::zeros().into_dyn());
    assert_eq!(message, "leaf 0 has shape [4], expected [3]");
    let message = refuse(&|snapshot| snapshot.naturals.push(vec![]));
    assert_eq!(message, "the list of natural-number inputs has 3 elements, expected 2");
    let message = refuse(&|snapshot| snapshot.naturals[1].truncate(3));
    assert_eq!(message, "natural-number input 1 has 3 elements, expected 4");
}

/// A graph built alone, with the numbers that its operations captured.
#[test]
fn a_graph_of_a_builder_runs_in_a_session() {
    let mut b = GraphBuilder::new();
    let x = b.input(DynShape::new(&[3])).unwrap();
    let y = b.gather_vec_nat(x, &[2, 2]).unwrap();
    let naturals = b.captured().map(|(_, numbers)| numbers.to_vec()).collect();
    let s = session();
    s.restore(Snapshot { graph: b.into_graph(), leaves: vec![vector().into()], naturals }).unwrap();
    assert_eq!(s.value_dyn(y).unwrap().as_slice(), [4.0, 4.0]);
}

#[test]
fn a_builder_that_is_moved_out_costs_the_recording_only() {
    let s = session();
    let x = s.input(vector()).unwrap();
    s.input_nat_vec::<Dim<2>>(&[0, 1]).unwrap();
    s.relu(x);
    let message = refusal(|| s.build(|b| Ok(std::mem::take(b).into_graph())));
    assert!(message.contains("must not be replaced or moved out"), "{message}");
    assert!(matches!(s.value(x).unwrap_err(), Error::StaleRef { .. }));
    assert!(s.graph().is_empty() && s.graph().naturals().is_empty());
    let x = s.input(vector()).unwrap();
    assert_eq!(s.value(s.neg(x)).unwrap().to_vec(), vector().to_vec().iter().map(|x| -x).collect::<Vec<_>>());
}

#[test]
fn a_session_is_not_used_while_its_builder_is_lent() {
    let s = session();
    let x = s.input(vector()).unwrap();
    let message = refusal(|| s.build(|_| s.build(|b| b.relu(x.id()))));
    assert_eq!(message, "a session is used inside a closure that has its builder");
    assert_eq!(s.value(s.relu(x)).unwrap().to_vec().len(), vector().to_vec().len());
}

#[test]
fn naturals_of_a_shape_without_a_size_are_refused() {
    let s = session();
    let error = s.input_nats_dyn(DynShape::new(&[usize::MAX, 2]), &[]).unwrap_err();
    assert!(matches!(error, Error::Call { .. }), "{error}");
    let list = s.input_nat_vec::<Dim<2>>(&[1, 0]).unwrap();
    assert_eq!((list.id().index(), s.graph().naturals().len()), (0, 1));
}
