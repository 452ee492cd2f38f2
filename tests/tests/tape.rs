//! Tapes of random programs: kernels, placement and sharing give the bits of the definition.

use std::fmt;

use session::Tape;
use session::autodiff::reverse;
use session::ir::{DynShape, Graph, Id, Op, PerSpatialAxis, op};
use session::scalar::{Float, Symbol, Term};
use session::semantics::{Array, eval};
use session::tape::{Definition, Schedule, run};
use session::tensor::DynTensor;
use session_tests::{Points, Program, Source, for_each_case, for_each_name};

/// Numbers at which kernels could go wrong, among ordinary ones.
const SPECIAL: [f64; 8] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e-310, 1e-42, -1e30];

fn arrays<T: Float>(leaves: &[Array<f64>]) -> Vec<Array<T>> {
    let convert = |leaf: &Array<f64>| Array::new(leaf.shape, leaf.data.iter().map(|&x| T::from_f64(x)).collect());
    leaves.iter().map(convert).collect()
}

fn bits<T: Float>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.bits()).collect()
}

/// A program with its gradients as one graph, some of its values asked for.
struct Case {
    graph: Graph,
    leaves: Vec<Array<f64>>,
    naturals: Vec<Vec<usize>>,
    outputs: Vec<Id>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}# outputs {:?}\n# leaves {:?}\n# naturals {:?}",
            self.graph, self.outputs, self.leaves, self.naturals
        )
    }
}

impl Case {
    fn random(operations: usize, special: bool, source: &mut Source) -> Self {
        Self::of(Program::random(operations, source), special, source)
    }

    fn of(program: Program, special: bool, source: &mut Source) -> Self {
        let output = program.output();
        let derivative = reverse(&program.graph, &[output]);
        let mut leaves = program.leaves.clone();
        leaves.push(program.like(output, source));
        if special {
            for value in leaves.iter_mut().flat_map(|leaf| &mut leaf.data) {
                if source.below(4) == 3 {
                    *value = source.pick(&SPECIAL);
                }
            }
        }
        let mut outputs: Vec<Id> = derivative.graph.ids().filter(|_| source.below(3) == 2).collect();
        outputs.push(derivative.value[output.index()]);
        Self { graph: derivative.graph, leaves, naturals: program.naturals, outputs }
    }

    /// The tape, run three times, against the definition.
    fn check<T: Float>(&self) {
        let leaves = arrays::<T>(&self.leaves);
        let expected = eval(&self.graph, &leaves, &self.naturals);
        let inputs: Vec<DynTensor<T>> =
            leaves.iter().map(|leaf| DynTensor::new(leaf.shape, leaf.data.clone()).unwrap()).collect();
        let mut tape = Tape::<T>::compile(&self.graph, &self.outputs);
        for time in 0..3 {
            let found = tape.forward(&inputs, &self.naturals).unwrap();
            for (&id, found) in self.outputs.iter().zip(&found) {
                let expected = &expected[id.index()];
                assert_eq!(found.shape(), expected.shape);
                assert_eq!(bits(found.as_slice()), bits(&expected.data), "{id} in run {time}:\n{tape}");
            }
        }
    }
}

#[test]
fn random_programs_in_both_widths() {
    for_each_case(
        512,
        |source| Case::random(6, false, source),
        |case| {
            case.check::<f32>();
            case.check::<f64>();
            Ok(())
        },
    );
}

#[test]
fn random_programs_on_special_numbers() {
    for_each_case(
        512,
        |source| Case::random(4, true, source),
        |case| {
            case.check::<f32>();
            case.check::<f64>();
            Ok(())
        },
    );
}

/// Each operation of the table for itself, and its gradients.
#[test]
fn every_operation_in_both_widths() {
    for_each_name(Op::NAMES, |name| {
        for (points, special) in [(Points::Smooth, false), (Points::Tied, false), (Points::Smooth, true)] {
            let make = |source: &mut Source| Case::of(Program::of(name, points, source).0, special, source);
            for_each_case(24, make, |case| {
                case.check::<f32>();
                case.check::<f64>();
                Ok(())
            });
        }
    });
}

/// Lines and windows that are longer than a vector, and longer than a block of a sum.
#[test]
fn long_lines() {
    let shape = DynShape::new;
    let sizes = PerSpatialAxis::new;
    let window = |kernel: &[usize], stride: &[usize], padding: &[usize]| [sizes(kernel), sizes(stride), sizes(padding)];
    let masked = op::MaskedSoftmax { causal: true, shared: None, present: None };
    let average = |[kernel, stride, padding]: [PerSpatialAxis; 3]| op::AvgPool { kernel, stride, padding };
    let unfold =
        |[kernel, stride, padding]: [PerSpatialAxis; 3]| op::Unfold { kernel, stride, padding, fill: 0.5.into() };
    let cases: Vec<(Op, DynShape)> = vec![
        (op::Max { axis: 1 }.into(), shape(&[3, 77])),
        (op::Max { axis: 0 }.into(), shape(&[19, 77])),
        (op::LogSumExp { axis: 1 }.into(), shape(&[3, 77])),
        (op::LogSumExp { axis: 1 }.into(), shape(&[2, 2100])),
        (op::LogSumExp { axis: 0 }.into(), shape(&[33, 45])),
        (op::LogSumExp { axis: 1 }.into(), shape(&[2, 1100, 3])),
        (masked.clone().into(), shape(&[2, 50, 50])),
        (masked.into(), shape(&[3, 1100])),
        (average(window(&[3, 3], &[1, 1], &[1, 1])).into(), shape(&[2, 9, 70])),
        (average(window(&[2, 2], &[2, 2], &[0, 0])).into(), shape(&[2, 8, 130])),
        (average(window(&[40, 40], &[9, 9], &[3, 3])).into(), shape(&[2, 50, 61])),
        (average(window(&[5], &[3], &[2])).into(), shape(&[4, 200])),
        (unfold(window(&[3, 2], &[2, 1], &[1, 0])).into(), shape(&[2, 9, 70])),
        (unfold(window(&[2, 3], &[3, 4], &[0, 1])).into(), shape(&[40, 20, 50])),
    ];
    for (op, shape) in cases {
        let what = format!("{op:?} of {shape}");
        let make = |source: &mut Source| {
            let mut graph = Graph::default();
            let x = graph.leaf(shape);
            graph.push(op.clone(), &[x]).expect(&what);
            let leaves = vec![Array::new(shape, source.distinct(shape.elements()))];
            let special = source.flag();
            Case::of(Program { graph, leaves, naturals: Vec::new() }, special, source)
        };
        for_each_case(4, make, |case| {
            case.check::<f32>();
            case.check::<f64>();
            Ok(())
        });
    }
}

#[test]
fn random_programs_in_terms() {
    for_each_case(
        256,
        |source| Case::random(4, false, source),
        |case| {
            let mut variables = 0..;
            let mut variable = || Term::variable(variables.next().expect("there are enough numbers"));
            let leaves: Vec<Array<Term>> = case
                .leaves
                .iter()
                .map(|leaf| Array::new(leaf.shape, leaf.data.iter().map(|_| variable()).collect()))
                .collect();
            let expected = eval(&case.graph, &leaves, &case.naturals);
            let schedule = Schedule::new(&case.graph, &case.outputs);
            let found = run(&schedule, &Definition, &leaves, &case.naturals);
            for (&id, found) in case.outputs.iter().zip(&found) {
                assert_eq!(found, &expected[id.index()], "{id}:\n{schedule}");
            }
            Ok(())
        },
    );
}

/// Memory is used again: a long chain takes no more than a short one.
#[test]
fn the_arena_is_reused() {
    let chain = |length: usize| {
        let mut graph = Graph::default();
        let mut x = graph.leaf(DynShape::new(&[100]));
        for _ in 0..length {
            x = graph.push(op::Tanh {}, &[x]).unwrap();
        }
        Tape::<f32>::compile(&graph, &[x]).peak_bytes()
    };
    assert_eq!(chain(50), chain(20));
    // A value, the next one, and on each thread what lies between two steps of an instruction.
    let threads = std::thread::available_parallelism().unwrap().get();
    assert!(chain(50) <= (2 + 2 * threads) * 112 * 4);
}

/// What is asked for twice, under other shapes, or is an input, is found all the same.
#[test]
fn outputs_that_share_their_elements() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2, 2]));
    let y = graph.push(op::Neg {}, &[x]).unwrap();
    let again = graph.push(op::Neg {}, &[x]).unwrap();
    let flat = graph.push(op::Reshape { to: DynShape::new(&[4]) }, &[y]).unwrap();
    let flat_leaf = graph.push(op::Reshape { to: DynShape::new(&[4]) }, &[x]).unwrap();
    let outputs = [flat, y, again, y, x, flat_leaf];
    let mut tape = Tape::<f64>::compile(&graph, &outputs);
    assert_eq!(tape.schedule().body().len(), 1, "{tape}");
    let input = DynTensor::new(DynShape::new(&[2, 2]), vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let found = tape.forward(std::slice::from_ref(&input), &[]).unwrap();
    for (&id, found) in outputs.iter().zip(&found) {
        assert_eq!(found.shape(), graph.shape(id));
        let sign = if id == x || id == flat_leaf { 1.0 } else { -1.0 };
        assert_eq!(found.as_slice(), [1.0, 2.0, 3.0, 4.0].map(|x| sign * x));
    }
}

/// Transposes of a vector and broadcasts to as many elements move nothing; a sum of single elements makes zeros positive.
#[test]
fn what_moves_nothing_is_another_name() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2, 1, 3]));
    let y = graph.push(op::Neg {}, &[x]).unwrap();
    let moved = graph.push(op::Permute { axes: DynShape::new(&[1, 0, 2]) }, &[y]).unwrap();
    let wider = graph.push(op::Broadcast { to: DynShape::new(&[1, 1, 2, 3]) }, &[moved]).unwrap();
    let turned = graph.push(op::Permute { axes: DynShape::new(&[2, 1, 0]) }, &[y]).unwrap();
    let sum = graph.push(op::Sum { axes: DynShape::new(&[1]) }, &[y]).unwrap();
    let outputs = [moved, wider, turned, sum];
    let mut tape = Tape::<f64>::compile(&graph, &outputs);
    let computed: usize = tape.schedule().body().iter().map(|instruction| instruction.steps.len()).sum();
    assert_eq!(computed, 3, "{tape}");
    let input = DynTensor::new(DynShape::new(&[2, 1, 3]), vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
    let found = tape.forward(&[input], &[]).unwrap();
    let bits = |numbers: [f64; 6]| numbers.map(f64::to_bits);
    let negative = bits([-0.0, -1.0, -2.0, -3.0, -4.0, -5.0]);
    let positive = bits([0.0, -1.0, -2.0, -3.0, -4.0, -5.0]);
    let expected = [negative, negative, bits([-0.0, -3.0, -1.0, -4.0, -2.0, -5.0]), positive];
    for ((&id, found), expected) in outputs.iter().zip(&found).zip(expected) {
        assert_eq!(found.shape(), graph.shape(id));
        assert_eq!(found.as_slice().iter().map(|number| number.to_bits()).collect::<Vec<_>>(), expected);
    }
}

/// Results that somebody holds are never written again.
#[test]
fn held_results_stay() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::SCALAR);
    let y = graph.push(op::Neg {}, &[x]).unwrap();
    let mut tape = Tape::<f32>::compile(&graph, &[y]);
    let held: Vec<Vec<DynTensor<f32>>> = (0..20u8)
        .map(|number| tape.forward(&[DynTensor::new(DynShape::SCALAR, vec![number.into()]).unwrap()], &[]).unwrap())
        .collect();
    for (number, held) in held.iter().enumerate() {
        assert_eq!(held[0].as_slice(), [-(number as f32)]);
    }
}

#[test]
fn backward_on_a_tape() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2]));
    let y = graph.push(op::Mul {}, &[x, x]).unwrap();
    let unused = graph.push(op::Exp {}, &[x]).unwrap();
    let mut tape = Tape::<f64>::compile(&graph, &[y]);
    let shape = DynShape::new(&[2]);
    let input = [DynTensor::new(shape, vec![3.0, -4.0]).unwrap()];
    let seed = DynTensor::new(shape, vec![1.0, 10.0]).unwrap();
    for _ in 0..2 {
        let found = tape.backward_dense_from(&input, &[], &[None, Some(seed.clone()), None]).unwrap();
        assert_eq!(found[x.index()].as_ref().unwrap().as_slice(), [6.0, -80.0]);
        assert_eq!(found[y.index()].as_ref().unwrap().as_slice(), [1.0, 10.0]);
        assert!(found[unused.index()].is_none());
    }
    let found = tape.backward_dense_from(&input, &[], &[Some(seed.clone()), None, None]).unwrap();
    assert_eq!(found[x.index()].as_ref().unwrap().as_slice(), [1.0, 10.0]);
    let error = tape.backward_dense_from(&input, &[], &[None, Some(seed)]).unwrap_err();
    assert_eq!(error.to_string(), "the list of seeds has 2 elements, expected 3");
}

#[test]
fn wrong_inputs_are_refused() {
    let mut graph = Graph::default();
    let x = graph.leaf(DynShape::new(&[2, 3]));
    let indices = graph.natural(DynShape::new(&[4]));
    let y = graph.push(op::GatherRows { indices }, &[x]).unwrap();
    let mut tape = Tape::<f32>::compile(&graph, &[y]);
    let good = DynTensor::new(DynShape::new(&[2, 3]), vec![0.0; 6]).unwrap();
    let bad = DynTensor::new(DynShape::new(&[3, 2]), vec![0.0; 6]).unwrap();
    let text = |result: Result<Vec<DynTensor<f32>>, session::Error>| result.unwrap_err().to_string();
    assert_eq!(text(tape.forward(&[bad], &[vec![0; 4]])), "leaf 0 has shape [3, 2], expected [2, 3]");
    assert_eq!(text(tape.forward(&[], &[vec![0; 4]])), "the list of leaves has 0 elements, expected 1");
    assert_eq!(
        text(tape.forward(std::slice::from_ref(&good), &[vec![0; 3]])),
        "natural-number input 0 has 3 elements, expected 4"
    );
    assert_eq!(text(tape.forward(&[good], &[])), "the list of natural-number inputs has 0 elements, expected 1");
}
