//! Models that are written and read again: the graph that comes back gives what the first one gives.

use std::collections::BTreeMap;

use session::onnx::{Import, Instance};
use session::semantics::{Array, eval};
use session::{Error, Float};

use crate::case::{Case, in_type};
use crate::cases;

/// The operations of which something is written that is read as several operations or as others, with other roundings.
const OTHERWISE: [&str; 2] = ["axpy", "cross_entropy"];

/// What a graph that was read gives for the leaves and naturals of a case.
fn value<T: Float>(instance: &Instance<T>, case: &Case) -> Array<T> {
    let (leaves, naturals) = case.arguments();
    let (mut leaves, mut naturals) = (leaves.into_iter(), naturals.into_iter());
    let given = |value: &Option<session::DynTensor<T>>| match value {
        Some(value) => Array::new(value.shape(), value.as_slice().to_vec()),
        None => in_type(&case.leaves[leaves.next().expect("a leaf of the case")]),
    };
    let inputs: Vec<Array<T>> = instance.leaves.iter().map(given).collect();
    let given = |list: &Option<Vec<usize>>| match list {
        Some(list) => list.clone(),
        None => case.naturals[naturals.next().expect("an input of the case")].clone(),
    };
    let lists: Vec<Vec<usize>> = instance.naturals.iter().map(given).collect();
    eval(&instance.graph, &inputs, &lists).swap_remove(instance.results[0].1.index())
}

fn compare<T: Float>(case: &Case, differing: &mut BTreeMap<String, f64>, unread: &mut BTreeMap<String, String>) {
    let bytes = match case.model::<T>() {
        Ok(bytes) => bytes,
        Err(Error::Export { reason, .. }) if reason.ends_with("an operand has an axis of size 0") => return,
        Err(error) => panic!("{}: {error}", case.name),
    };
    let operation = case.name.split_once(' ').expect("a name has words").0.to_owned();
    let instance = match Import::<T>::read("model", &bytes).and_then(|model| model.instance(&[])) {
        Ok(instance) => instance,
        Err(error) => {
            unread.insert(operation, error.to_string());
            return;
        }
    };
    let (expected, found): (Array<T>, Array<T>) = (case.expected(), value(&instance, case));
    assert_eq!(expected.shape, found.shape, "{}", case.name);
    let bits = |array: &Array<T>| array.data.iter().map(|x| x.bits()).collect::<Vec<u64>>();
    if bits(&expected) != bits(&found) {
        let pairs = expected.data.iter().zip(&found.data).map(|(a, b)| (a.to_f64(), b.to_f64()));
        let worst = pairs.map(|(a, b)| (a - b).abs() / a.abs().max(1.0)).fold(0.0, f64::max);
        let entry = differing.entry(operation).or_default();
        *entry = entry.max(worst);
    }
}

#[test]
fn what_is_written_is_read_again() {
    let (mut differing, mut unread) = (BTreeMap::new(), BTreeMap::new());
    for case in cases::golden().iter().chain(&cases::table()) {
        compare::<f32>(case, &mut differing, &mut unread);
        compare::<f64>(case, &mut differing, &mut unread);
    }
    let known: Vec<&str> = differing.keys().map(String::as_str).collect();
    assert!(known == OTHERWISE && unread.is_empty(), "{differing:#?}\n{unread:#?}");
}
