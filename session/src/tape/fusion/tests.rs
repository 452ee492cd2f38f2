use super::*;
use crate::ir::op;
use crate::semantics::{Array, eval};
use crate::tape::{Schedule, Tape};
use crate::tensor::DynTensor;

/// Shapes from which and to which is broadcast, and how often each element stands in a row, if that is all.
const BROADCASTS: [(&[usize], &[usize], Option<usize>); 14] = [
    (&[], &[3, 20], Some(60)),
    (&[1, 1], &[3, 2], Some(6)),
    (&[20], &[3, 20], Some(1)),
    (&[1, 20], &[3, 20], Some(1)),
    (&[3, 1], &[3, 20], Some(20)),
    (&[2, 3, 1], &[2, 3, 20], Some(20)),
    (&[1, 3, 1], &[2, 3, 20], Some(20)),
    (&[3, 1, 1], &[2, 3, 4, 5], Some(20)),
    (&[4, 1, 5], &[3, 4, 1, 5], Some(1)),
    // Not in one row.
    (&[2, 1, 20], &[2, 3, 20], None),
    (&[1, 3, 1, 20], &[2, 3, 4, 20], None),
    // Short pieces.
    (&[5], &[3, 5], None),
    (&[20, 1], &[20, 5], None),
    // Nothing is repeated.
    (&[20], &[1, 20], None),
];

#[test]
fn what_is_repeated_in_one_way() {
    for (from, to, inner) in BROADCASTS {
        let (from, to) = (DynShape::new(from), DynShape::new(to));
        assert_eq!(repeated(from, to), inner, "{from} to {to}");
        let Some(inner) = inner else { continue };
        let mut graph = Graph::default();
        let x = graph.leaf(from);
        let y = graph.push(op::Broadcast { to }, &[x]).unwrap();
        let numbers: Vec<f64> = (0..from.elements()).map(|number| number as f64).collect();
        let expected: Vec<f64> = (0..to.elements()).map(|i| numbers[i / inner % numbers.len()]).collect();
        assert_eq!(eval(&graph, &[Array::new(from, numbers)], &[])[y.index()].data, expected, "{from} to {to}");
    }
    let empty = DynShape::new(&[0, 20]);
    assert_eq!(repeated(DynShape::new(&[0, 1]), empty), None);
    assert_eq!(repeated(DynShape::new(&[20]), empty), None);
}

/// Two loops read the same broadcasts, and an operation between them splits the loops.
#[test]
fn broadcasts_are_made_where_they_are_read() {
    let to = DynShape::new(&[3, 700]);
    let mut graph = Graph::default();
    let x = graph.leaf(to);
    let [row, column] = [&[1, 700][..], &[3, 1]].map(|shape| graph.leaf(DynShape::new(shape)));
    let [rows, columns] = [row, column].map(|leaf| graph.push(op::Broadcast { to }, &[leaf]).unwrap());
    let first = graph.push(op::Mul {}, &[x, rows]).unwrap();
    let first = graph.push(op::Sub {}, &[first, columns]).unwrap();
    let softmax = graph.push(op::Softmax { axis: 1 }, &[first]).unwrap();
    let second = graph.push(op::Div {}, &[softmax, columns]).unwrap();
    let second = graph.push(op::Add {}, &[second, rows]).unwrap();
    let body = |outputs: &[Id]| -> Vec<usize> {
        Schedule::new(&graph, outputs).body().iter().map(|instruction| instruction.steps.len()).collect()
    };
    assert_eq!(body(&[second]), [4, 1, 4]);
    // What is asked for is written by the first loop, and read by the second.
    assert_eq!(body(&[second, rows]), [4, 1, 3]);
    let numbers = |shape: DynShape| (0..shape.elements()).map(|i| (i as f32 * 0.37).sin() + 1.5).collect();
    let leaves: Vec<Array<f32>> = graph.leaves().iter().map(|&shape| Array::new(shape, numbers(shape))).collect();
    let expected = eval(&graph, &leaves, &[]);
    let tensors: Vec<_> = leaves.iter().map(|leaf| DynTensor::new(leaf.shape, leaf.data.clone()).unwrap()).collect();
    for outputs in [&[second][..], &[second, rows], &[columns, first, second]] {
        let mut tape = Tape::compile(&graph, outputs);
        tape.verify(&[]).unwrap();
        tape.verify_kernels(&[]).unwrap();
        for (id, value) in outputs.iter().zip(tape.forward(&tensors, &[]).unwrap()) {
            assert_eq!(value.as_slice(), expected[id.index()].data, "{id}:\n{tape}");
        }
    }
}

/// A product and its update are one instruction if nobody else wants the product, and all that the update needs is there.
#[test]
fn a_product_and_the_update_that_it_is_for() {
    let mut graph = Graph::default();
    let [a, b, y, rate] = [&[9, 4][..], &[4, 37], &[9, 37], &[]].map(|shape| graph.leaf(DynShape::new(shape)));
    let [square, column] = [&[37, 37][..], &[37, 1]].map(|shape| graph.leaf(DynShape::new(shape)));
    let product = op::MatMul { transpose_a: false, transpose_b: false };
    let gradient = graph.push(product.clone(), &[a, b]).unwrap();
    let later = graph.push(op::Exp {}, &[y]).unwrap();
    let sum = graph.push(op::Sum { axes: DynShape::new(&[0, 1]) }, &[later]).unwrap();
    let alpha = graph.push(op::Neg {}, &[rate]).unwrap();
    let updated = graph.push(op::Axpy {}, &[alpha, gradient, y]).unwrap();
    let of_later = graph.push(op::Axpy {}, &[alpha, gradient, later]).unwrap();
    let by_later = graph.push(op::Axpy {}, &[sum, gradient, y]).unwrap();
    // Twice the same matrix, under another name of its value, and what is written is what is read.
    let other_product = graph.push(product, &[square, column]).unwrap();
    let flat = graph.push(op::Reshape { to: DynShape::new(&[37]) }, &[other_product]).unwrap();
    let flat_column = graph.push(op::Reshape { to: DynShape::new(&[37]) }, &[column]).unwrap();
    let same = graph.push(op::Axpy {}, &[alpha, flat, flat_column]).unwrap();

    let numbers = |shape: DynShape| (0..shape.elements()).map(|i| (i as f32 * 0.37).sin() + 0.2).collect();
    let leaves: Vec<Array<f32>> = graph.leaves().iter().map(|&shape| Array::new(shape, numbers(shape))).collect();
    let expected = eval(&graph, &leaves, &[]);
    let tensors: Vec<_> = leaves.iter().map(|leaf| DynTensor::new(leaf.shape, leaf.data.clone()).unwrap()).collect();
    for (outputs, is_joined) in [
        (&[updated][..], true),
        (&[same], true),
        (&[updated, gradient], false),
        (&[updated, of_later], false),
        (&[of_later], false),
        (&[by_later], false),
    ] {
        let mut tape = Tape::compile(&graph, outputs);
        let found = tape.schedule().body().iter().any(|instruction| is_update(&instruction.steps));
        assert_eq!(found, is_joined, "{outputs:?}:\n{tape}");
        tape.verify(&[]).unwrap();
        tape.verify_kernels(&[]).unwrap();
        for (id, value) in outputs.iter().zip(tape.forward(&tensors, &[]).unwrap()) {
            assert_eq!(value.as_slice(), expected[id.index()].data, "{id}:\n{tape}");
        }
    }
}

/// A value may be computed later than it stands, in a loop that waits for its last member, or anew in each loop that
/// reads it: an update has to do without the product then.
#[test]
fn an_update_does_not_run_before_what_it_reads() {
    let mut graph = Graph::default();
    let [a, b, y] = [&[9, 4][..], &[4, 20], &[9, 20]].map(|shape| graph.leaf(DynShape::new(shape)));
    let [rate, row] = [&[][..], &[20]].map(|shape| graph.leaf(DynShape::new(shape)));
    let twice = graph.push(op::Scale { factor: 2.0.into() }, &[rate]).unwrap();
    let alpha = graph.push(op::Neg {}, &[twice]).unwrap();
    let rows = graph.push(op::Broadcast { to: DynShape::new(&[9, 20]) }, &[row]).unwrap();
    let gradient = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a, b]).unwrap();
    let sum = graph.push(op::Sum { axes: DynShape::new(&[0, 1]) }, &[y]).unwrap();
    // In one loop with `alpha`, behind the product.
    let late = graph.push(op::Mul {}, &[twice, sum]).unwrap();
    let updated = graph.push(op::Axpy {}, &[alpha, gradient, y]).unwrap();
    let of_rows = graph.push(op::Axpy {}, &[alpha, gradient, rows]).unwrap();

    let numbers = |shape: DynShape| (0..shape.elements()).map(|i| (i as f32 * 0.37).sin() + 0.2).collect();
    let leaves: Vec<Array<f32>> = graph.leaves().iter().map(|&shape| Array::new(shape, numbers(shape))).collect();
    let expected = eval(&graph, &leaves, &[]);
    let tensors: Vec<_> = leaves.iter().map(|leaf| DynTensor::new(leaf.shape, leaf.data.clone()).unwrap()).collect();
    for outputs in [&[updated, late][..], &[updated], &[of_rows], &[of_rows, late]] {
        let mut tape = Tape::compile(&graph, outputs);
        tape.verify(&[]).unwrap();
        tape.verify_kernels(&[]).unwrap();
        for (id, value) in outputs.iter().zip(tape.forward(&tensors, &[]).unwrap()) {
            assert_eq!(value.as_slice(), expected[id.index()].data, "{id}:\n{tape}");
        }
    }
}
