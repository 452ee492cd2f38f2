//! Random programs: all of them are what they say.

use proptest::prelude::*;
use session::ir::{DynShape, Id};
use session::session::Snapshot;
use session::tensor::DynTensor;
use session::{Backend, Error, Options, Session, Tape};
use session_tests::{Program, Source, for_each_case};

/// A program that ends with one number.
fn scalar(source: &mut Source) -> (Program, Id) {
    let mut program = Program::random(5, source);
    let output = program.output();
    let axes = (0..program.graph.shape(output).len()).collect();
    let loss = program.graph.push(session::ir::op::Sum { axes }, &[output]).expect("a sum over all axes");
    (program, loss)
}

fn restored(program: &Program, options: Options) -> Result<Session<f32>, Error> {
    let s = Session::new(options.threads(1).check_indices(false));
    let leaf = |leaf: &session::semantics::Array<f64>| {
        DynTensor::new(leaf.shape, leaf.data.iter().map(|&x| x as f32).collect())
    };
    let leaves = program.leaves.iter().map(leaf).collect::<Result<_, _>>()?;
    s.restore(Snapshot { graph: program.graph.clone(), leaves, naturals: program.naturals.clone() })?;
    Ok(s)
}

fn pass<T>(result: Result<T, Error>) -> Result<T, TestCaseError> {
    result.map_err(|error| TestCaseError::fail(error.to_string()))
}

#[test]
fn sessions() {
    for backend in [Backend::Compiled, Backend::Eager] {
        for_each_case(96, scalar, |(program, loss)| {
            let s = pass(restored(program, Options::default().backend(backend)))?;
            let loss = pass(s.typed::<()>(*loss))?;
            let certificate = pass(s.verify(loss))?;
            prop_assert_eq!(certificate.nodes, program.graph.nodes().len());
            prop_assert_eq!(&certificate.naturals, &program.naturals);
            prop_assert_eq!(certificate.checks.len(), 4);
            let tapes = certificate.checks.iter().filter(|check| check.tape.is_some()).count();
            prop_assert_eq!(tapes, 3);
            pass(s.verify_all())?;
            pass(s.verify_kernels(loss))?;
            Ok(())
        });
    }
}

#[test]
fn sessions_that_keep_values() {
    let make = |source: &mut Source| {
        let (program, loss) = scalar(source);
        let leaf = program.graph.shape(Id::new(0));
        (program, loss, leaf)
    };
    for_each_case(64, make, |(program, loss, leaf)| {
        let s = pass(restored(program, Options::default()))?;
        let without = pass(s.verify(pass(s.typed::<()>(*loss))?))?;
        // Twice the same value counts once.
        for _ in 0..2 {
            pass(s.keep(pass(s.typed::<()>(*loss))?))?;
        }
        let with = pass(s.verify(pass(s.typed::<()>(*loss))?))?;
        prop_assert!(with.checks[0].values > without.checks[0].values, "{} of {}", with, leaf);
        prop_assert_eq!(&with.checks[3], &without.checks[3]);
        Ok(())
    });
}

#[test]
fn tapes() {
    let make = |source: &mut Source| {
        let program = Program::random(6, source);
        let outputs: Vec<Id> = program.graph.ids().filter(|_| source.below(3) == 0).collect();
        (program, outputs)
    };
    for_each_case(128, make, |(program, outputs)| {
        let tape = Tape::<f64>::compile(&program.graph, outputs);
        let certificate = pass(tape.verify(&program.naturals))?;
        prop_assert_eq!(certificate.checks[0].values, outputs.len());
        prop_assert_eq!(certificate.checks[1].values, program.graph.len());
        prop_assert_eq!(certificate.checks[2].values, program.graph.len());
        let shapes: Vec<&[usize]> = program.graph.leaves().iter().map(|shape| &**shape).collect();
        prop_assert_eq!(certificate.leaves, shapes);
        pass(tape.verify_kernels(&program.naturals))?;
        Ok(())
    });
}

#[test]
fn naturals_that_are_not_the_graphs_are_refused() {
    let mut graph = session::ir::Graph::default();
    let x = graph.leaf(DynShape::new(&[4, 2]));
    let indices = graph.natural(DynShape::new(&[3]));
    let y = graph.push(session::ir::op::GatherRows { indices }, &[x]).unwrap();
    let tape = Tape::<f32>::compile(&graph, &[y]);
    for naturals in [vec![], vec![vec![0; 2]]] {
        assert!(matches!(tape.verify(&naturals), Err(Error::LengthMismatch { .. })));
        assert!(matches!(tape.verify_kernels(&naturals), Err(Error::LengthMismatch { .. })));
    }
    // An index out of range reads 0.
    assert_eq!(tape.verify(&[vec![1, 9, 3]]).unwrap().naturals, [[1, 9, 3]]);
}
