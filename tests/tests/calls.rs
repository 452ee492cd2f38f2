//! Every operation of the builder, at random shapes, arguments and numbers: its rules fit together, and kernels
//! give the bits of its definition.
//!
//! All loops go through the table of operations, and a draft is asked for every row: a row without one fails
//! here, so that none goes untested.

use proptest::prelude::*;
use session::ir::Id;
use session::prelude::*;
use session::scalar::Float;
use session::semantics::{Array, eval};
use session::session::Snapshot;
use session::tensor::DynTensor;
use session_tests::battery;
use session_tests::battery::Case;
use session_tests::compare::bits;
use session_tests::{Call, Points, Program, Source, for_each_case, for_each_name};

/// The case count of a property, for each operation.
const CASES: u32 = 128;

fn random(name: &'static str, points: Points, source: &mut Source) -> Case {
    let (program, call) = Program::of_call(name, points, source);
    Case::new(name, program, call.output, source)
}

battery! { Call::names(), random, CASES }

/// Value and gradients, as a session computes them, in the bits of the definition.
fn kernels<T: Float>(session: &Session<T>, case: &Case) -> Result<(), TestCaseError> {
    let (derivative, leaves) = case.reverse();
    let convert = |leaf: &Array<f64>| leaf.data.iter().map(|&x| T::from_f64(x)).collect::<Vec<T>>();
    let leaves: Vec<Array<T>> = leaves.iter().map(|leaf| Array::new(leaf.shape, convert(leaf))).collect();
    let expected = eval(&derivative.graph, &leaves, &case.program.naturals);
    let tensor = |leaf: &Array<T>| DynTensor::new(leaf.shape, leaf.data.clone()).expect("its elements");
    let gradients = derivative.gradient.iter().copied().flatten();
    let outputs: Vec<Id> = gradients.chain([derivative.value[case.output().index()]]).collect();
    let leaves = leaves.iter().map(tensor).collect();
    let snapshot = Snapshot { graph: derivative.graph, leaves, naturals: case.program.naturals.clone() };
    session.restore(snapshot).expect("a valid graph");
    for id in outputs {
        let found = session.value_dyn(id).expect("a value");
        let found = Array::new(found.shape(), found.as_slice().to_vec());
        prop_assert_eq!(found.shape, expected[id.index()].shape);
        prop_assert_eq!(bits(&found), bits(&expected[id.index()]), "{}", id);
    }
    Ok(())
}

fn kernels_on<T: Float>(threads: usize, cases: u32, make: impl Fn(&'static str, &mut Source) -> Case) {
    // Indices out of range are part of the definition.
    let session = Session::<T>::new(Options::default().threads(threads).check_indices(false));
    for_each_name(&Call::names(), |name| {
        for_each_case(cases, |source| make(name, source), |case| kernels(&session, case));
    });
}

fn small(name: &'static str, source: &mut Source) -> Case {
    random(name, Points::Smooth, source)
}

/// Large enough for much of the work to be divided among threads.
fn large(name: &'static str, source: &mut Source) -> Case {
    source.enlarge();
    small(name, source)
}

#[test]
fn kernels_on_one_thread_give_the_bits_of_the_definition() {
    kernels_on::<f32>(1, CASES / 4, small);
    kernels_on::<f64>(1, CASES / 4, small);
}

#[test]
fn kernels_on_two_threads_give_the_bits_of_the_definition() {
    kernels_on::<f32>(2, CASES / 4, small);
    kernels_on::<f64>(2, CASES / 4, small);
    kernels_on::<f32>(2, 2, large);
    kernels_on::<f64>(2, 1, large);
}
