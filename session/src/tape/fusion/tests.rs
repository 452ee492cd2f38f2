use std::sync::Arc;

use super::*;
use crate::ir::{PerSpatialAxis, op};
use crate::kernels::{InstructionSet, Processor, Threads};
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
        let found = tape.schedule().body().iter().any(|instruction| is_led(&instruction.steps));
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

/// Numbers of all kinds, also those that a maximum could get wrong.
fn some_of_all_kinds(count: usize, seed: usize) -> Vec<f32> {
    const SPECIAL: [f32; 6] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 0.0, 1e-42];
    let number = |i: usize| match (i * 7 + seed) % 23 {
        special @ 0..6 => SPECIAL[special],
        _ => ((i * 13 + seed) as f32 * 0.37).sin(),
    };
    (0..count).map(number).collect()
}

/// Compares a tape of some values with the definition, bit for bit, with vectors and without, on one thread and on many.
fn gives_the_bits_of_the_definition(graph: &Graph, outputs: &[Id], expects: impl Fn(&Schedule) -> bool) {
    let leaves: Vec<Array<f32>> = graph
        .leaves()
        .iter()
        .enumerate()
        .map(|(seed, &shape)| Array::new(shape, some_of_all_kinds(shape.elements(), seed)))
        .collect();
    let tensors: Vec<_> = leaves.iter().map(|leaf| DynTensor::new(leaf.shape, leaf.data.clone()).unwrap()).collect();
    let expected = eval(graph, &leaves, &[]);
    let bits = |numbers: &[f32]| -> Vec<u32> {
        numbers.iter().map(|x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }).collect()
    };
    let tape = Tape::<f32>::compile(graph, outputs);
    tape.verify(&[]).unwrap();
    tape.verify_kernels(&[]).unwrap();
    for instruction_set in InstructionSet::available().chain([InstructionSet::NONE]) {
        for threads in [Threads::new(1), Threads::always(3)] {
            let processor = Arc::new(Processor { instruction_set, threads });
            let mut tape = Tape::compile_on(processor, graph, outputs, &[]);
            assert!(expects(tape.schedule()), "{tape}");
            for (id, value) in outputs.iter().zip(tape.forward(&tensors, &[]).unwrap()) {
                assert_eq!(bits(value.as_slice()), bits(&expected[id.index()].data), "{id}:\n{tape}");
            }
        }
    }
}

/// A convolution and its relu are one instruction if nobody else wants the convolution.
#[test]
fn a_convolution_and_its_relu() {
    for (w, x) in
        [(&[3, 2, 3, 2][..], &[2, 2, 6, 7][..]), (&[20, 2, 3, 2], &[9, 2, 6, 7]), (&[5, 2, 3, 2], &[9, 2, 6, 7])]
    {
        let mut graph = Graph::default();
        let [w, bias, x] = [w, &w[..1], x].map(|shape| graph.leaf(DynShape::new(shape)));
        let pair = |a, b| [a, b].into_iter().collect();
        let conv = op::Conv { stride: pair(1, 2), padding: pair(1, 0), dilation: pair(1, 1), groups: 1 };
        let biased = graph.push(conv.clone(), &[w, bias, x]).unwrap();
        let relu = graph.push(op::Relu {}, &[biased]).unwrap();
        let gate = graph.push(op::Gate {}, &[biased, relu]).unwrap();
        let plain = graph.push(conv, &[w, x]).unwrap();
        let flat = graph.push(op::Reshape { to: DynShape::new(&[graph.shape(plain).elements()]) }, &[plain]).unwrap();
        let plain_relu = graph.push(op::Relu {}, &[flat]).unwrap();
        for (outputs, joined) in [
            (&[relu][..], 1),
            (&[plain_relu], 1),
            (&[plain_relu, relu], 2),
            (&[relu, biased], 0),
            (&[gate], 0),
            (&[flat, plain_relu], 0),
        ] {
            let expects = |schedule: &Schedule| {
                schedule.body().iter().filter(|instruction| is_led(&instruction.steps)).count() == joined
            };
            gives_the_bits_of_the_definition(&graph, outputs, expects);
        }
    }
}

/// A product and the gate that it goes through are one instruction if nobody else wants the product: of vectors, on several
/// threads, of a stack, and where the transpose is computed. What the product would gate is another thing.
#[test]
fn a_product_and_its_gate() {
    for (a, b, gate) in [
        (&[3, 40][..], &[40, 20][..], &[3, 20][..]),
        (&[1, 40], &[40, 20], &[1, 20]),
        (&[70, 1], &[1, 20], &[70, 20]),
        (&[9, 30], &[30, 1], &[9, 1]),
        (&[130, 200], &[200, 70], &[130, 70]),
        (&[2, 9, 3], &[2, 3, 20], &[2, 9, 20]),
        (&[60, 50], &[50, 7], &[60, 7]),
    ] {
        let mut graph = Graph::default();
        let [a, b, gate] = [a, b, gate].map(|shape| graph.leaf(DynShape::new(shape)));
        let product = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[a, b]).unwrap();
        let gated = graph.push(op::Gate {}, &[gate, product]).unwrap();
        let gates = graph.push(op::Gate {}, &[product, gate]).unwrap();
        let itself = graph.push(op::Gate {}, &[product, product]).unwrap();
        for (outputs, joined) in [(&[gated][..], 1), (&[gated, product], 0), (&[gates], 0), (&[itself], 0)] {
            let expects = |schedule: &Schedule| {
                schedule.body().iter().filter(|instruction| is_led(&instruction.steps)).count() == joined
            };
            gives_the_bits_of_the_definition(&graph, outputs, expects);
        }
    }
}

/// A linear layer and its activation are one instruction if nobody else wants the layer: of one row, of a single element, of
/// few columns, and on several threads.
#[test]
fn a_linear_layer_and_its_activation() {
    for (rows, inputs, outputs) in [(1, 4, 32), (1, 32, 1), (1, 5, 3), (7, 1, 5), (3, 40, 20), (130, 300, 70)] {
        let mut graph = Graph::default();
        let shapes = [&[outputs, inputs][..], &[outputs], &[rows, inputs]];
        let [w, bias, x] = shapes.map(|shape| graph.leaf(DynShape::new(shape)));
        let layers: [Id; 5] = std::array::from_fn(|_| graph.push(op::Linear {}, &[w, bias, x]).unwrap());
        let mut push = |op: Op, layer: usize| graph.push(op, &[layers[layer]]).unwrap();
        let [relu, tanh, sigmoid] =
            [push(op::Relu {}.into(), 0), push(op::Tanh {}.into(), 1), push(op::Sigmoid {}.into(), 2)];
        let (exp, shared) = (push(op::Exp {}.into(), 3), push(op::Tanh {}.into(), 4));
        for (outputs, joined) in
            [(&[relu][..], 1), (&[tanh], 1), (&[sigmoid], 1), (&[exp], 0), (&[shared, layers[4]], 0)]
        {
            let expects = |schedule: &Schedule| {
                schedule.body().iter().filter(|instruction| is_led(&instruction.steps)).count() == joined
            };
            gives_the_bits_of_the_definition(&graph, outputs, expects);
        }
    }
}

/// The gradients of pools of images with so many planes of this size, and what is computed element by element before and
/// after them.
fn pools(planes: usize, [rows, columns]: [usize; 2], kernel: usize, stride: usize) {
    let mut graph = Graph::default();
    let square = |size: usize| [size, size].into_iter().collect::<PerSpatialAxis>();
    let (kernel, stride, padding) = (square(kernel), square(stride), square(kernel / 2));
    let x = graph.leaf(DynShape::new(&[planes, rows, columns]));
    let (_, windows) = pooled(graph.shape(x), kernel, stride, padding).unwrap();
    let [d, e, alpha] = [windows, windows, DynShape::SCALAR].map(|shape| graph.leaf(shape));
    let largest = graph.push(op::MaxPool { kernel, stride, padding }, &[x]).unwrap();
    let bent = graph.push(op::Scale { factor: (-0.5).into() }, &[x]).unwrap();
    let scattered = graph.push(op::MaxPoolScatter { kernel, stride, padding }, &[bent, d]).unwrap();
    let spatial = PerSpatialAxis::new(&[rows, columns]);
    let spread = graph.push(op::AvgPoolSpread { spatial, kernel, stride, padding }, &[e]).unwrap();
    let both = graph.push(op::Axpy {}, &[alpha, scattered, spread]).unwrap();
    let gated = graph.push(op::Gate {}, &[x, both]).unwrap();
    // Of other planes, or the same.
    let again = graph.push(op::Scale { factor: 3.0.into() }, &[d]).unwrap();
    let other = graph.push(op::MaxPoolScatter { kernel, stride, padding }, &[gated, again]).unwrap();
    let all = graph.push(op::Mul {}, &[other, gated]).unwrap();
    for (outputs, steps) in [(&[gated][..], 5), (&[all], 7), (&[gated, spread, bent], 5), (&[scattered, largest], 2)] {
        let expects = |schedule: &Schedule| {
            schedule.body().iter().any(|instruction| instruction.steps.len() >= steps && instruction.fusion.is_some())
        };
        gives_the_bits_of_the_definition(&graph, outputs, expects);
    }
}

#[test]
fn gradients_of_pools_in_loops() {
    pools(3, [4, 5], 2, 2);
    pools(70, [10, 10], 2, 2);
    pools(5, [28, 27], 3, 2);
    pools(2, [65, 50], 2, 2);
    pools(40, [9, 8], 1, 1);
    pools(0, [4, 4], 2, 2);
}

/// A gate by the values of a pool goes with the gradient of the pool, unless somebody else reads that; another gate does
/// not.
#[test]
fn gates_after_gradients_of_pools() {
    for (planes, size, kernel, stride) in [(3, 20, 2, 2), (40, 9, 3, 2), (7, 30, 3, 3)] {
        let mut graph = Graph::default();
        let pair = |size: usize| [size, size].into_iter().collect::<PerSpatialAxis>();
        let (kernel, stride, padding) = (pair(kernel), pair(stride), pair(kernel / 2));
        let shape = DynShape::new(&[planes, size, size]);
        let (_, windows) = pooled(shape, kernel, stride, padding).unwrap();
        let [x, other, d] = [shape, shape, windows].map(|shape| graph.leaf(shape));
        let scattered = graph.push(op::MaxPoolScatter { kernel, stride, padding }, &[x, d]).unwrap();
        let gated = graph.push(op::Gate {}, &[x, scattered]).unwrap();
        let differently = graph.push(op::Gate {}, &[other, scattered]).unwrap();
        let read_twice = graph.push(op::Add {}, &[gated, scattered]).unwrap();
        let swapped = graph.push(op::Gate {}, &[scattered, x]).unwrap();
        let after = graph.push(op::Mul {}, &[gated, other]).unwrap();
        for outputs in [&[gated][..], &[differently], &[read_twice], &[gated, scattered], &[swapped], &[after]] {
            let expects = |schedule: &Schedule| schedule.body().len() == 1;
            gives_the_bits_of_the_definition(&graph, outputs, expects);
        }
    }
}

/// Planes of other sizes are in loops of their own, and planes that are too large are in none.
#[test]
fn planes_that_do_not_fit() {
    let mut graph = Graph::default();
    let pair = |size: usize| [size, size].into_iter().collect::<PerSpatialAxis>();
    let (kernel, padding) = (pair(2), pair(0));
    let leaves = [[8, 20, 20], [32, 10, 10], [1, 130, 130]].map(|[planes, rows, columns]| {
        let x = graph.leaf(DynShape::new(&[planes, rows, columns]));
        (x, graph.leaf(DynShape::new(&[planes, rows / 2, columns / 2])))
    });
    let gradients = leaves.map(|(x, d)| {
        let scattered = graph.push(op::MaxPoolScatter { kernel, stride: kernel, padding }, &[x, d]).unwrap();
        let gated = graph.push(op::Gate {}, &[x, scattered]).unwrap();
        graph.push(op::Reshape { to: DynShape::new(&[graph.shape(gated).elements()]) }, &[gated]).unwrap()
    });
    let sum = graph.push(op::Add {}, &[gradients[0], gradients[1]]).unwrap();
    let steps = |expected: &'static [usize]| {
        move |schedule: &Schedule| schedule.body().iter().map(|it| it.steps.len()).eq(expected.iter().copied())
    };
    gives_the_bits_of_the_definition(&graph, &[sum], steps(&[2, 3]));
    gives_the_bits_of_the_definition(&graph, &[gradients[2]], steps(&[1, 1]));
}

/// Operations of few elements run in one call, whether they are compiled into it or have kernels of their own.
#[test]
fn few_elements_in_one_call() {
    for length in [0, 1, 2, 7, 16, 17, 40, 1024] {
        let mut graph = Graph::default();
        let [x, y] = [(); 2].map(|()| graph.leaf(DynShape::new(&[length])));
        let alpha = graph.leaf(DynShape::SCALAR);
        let mut last = x;
        let unary: [Op; 8] = [
            op::Neg {}.into(),
            op::Scale { factor: 3.0.into() }.into(),
            op::AddScalar { number: 0.25.into() }.into(),
            op::ScalarSub { number: 0.5.into() }.into(),
            op::DivScalar { number: 3.0.into() }.into(),
            op::Relu {}.into(),
            op::Sqrt {}.into(),
            op::Tanh {}.into(),
        ];
        let mut outputs = Vec::new();
        for op in unary {
            last = graph.push(op, &[last]).unwrap();
        }
        outputs.push(last);
        let sum = graph.push(op::Add {}, &[x, y]).unwrap();
        let difference = graph.push(op::Sub {}, &[sum, x]).unwrap();
        let product = graph.push(op::Mul {}, &[difference, sum]).unwrap();
        let ratio = graph.push(op::Div {}, &[product, y]).unwrap();
        let gated = graph.push(op::Gate {}, &[x, ratio]).unwrap();
        let largest = graph.push(op::Maximum {}, &[gated, product]).unwrap();
        outputs.push(graph.push(op::Axpy {}, &[alpha, largest, difference]).unwrap());
        for output in outputs {
            let expects = |schedule: &Schedule| {
                let [instruction] = schedule.body() else { return false };
                instruction.fusion.as_ref().is_some_and(|fusion| !fusion.steps.is_empty())
            };
            gives_the_bits_of_the_definition(&graph, &[output], expects);
        }
    }
}

/// The sum of single elements, which makes a zero positive, and the update by it run with what they are sums of, though
/// something else reads that before; unless the update reads what is not there yet.
#[test]
fn sums_of_single_elements_and_their_updates() {
    for length in [1, 40, 3000] {
        let mut graph = Graph::default();
        let [x, y] = [(); 2].map(|()| graph.leaf(DynShape::new(&[1, length])));
        let w = graph.leaf(DynShape::new(&[length, 2]));
        let [bias, rate] = [&[length][..], &[]].map(|shape| graph.leaf(DynShape::new(shape)));
        let delta = graph.push(op::Mul {}, &[x, y]).unwrap();
        let further = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[delta, w]).unwrap();
        let alpha = graph.push(op::Neg {}, &[rate]).unwrap();
        let sum = graph.push(op::Sum { axes: DynShape::new(&[0]) }, &[delta]).unwrap();
        let updated = graph.push(op::Axpy {}, &[alpha, sum, bias]).unwrap();
        let total = graph.push(op::Sum { axes: DynShape::new(&[0, 1]) }, &[further]).unwrap();
        let scaled = graph.push(op::Axpy {}, &[total, sum, bias]).unwrap();
        for (outputs, steps) in [
            (&[further, updated][..], &[1, 3, 1][..]),
            (&[further, updated, sum], &[1, 3, 1]),
            (&[further, sum], &[2, 1]),
            (&[scaled], &[2, 1, 1, 1]),
        ] {
            let expects =
                |schedule: &Schedule| schedule.body().iter().map(|it| it.steps.len()).eq(steps.iter().copied());
            gives_the_bits_of_the_definition(&graph, outputs, expects);
        }
    }
}
