//! What graphs cost, against numbers worked out on paper.

use proptest::prelude::*;
use session::ir::{DynShape, Graph, Op, op};
use session::prelude::*;
use session_tests::{Draft, Points, Program, Source, for_each_case, for_each_name};

/// The graph of one recording.
fn recorded(record: impl FnOnce(&Session)) -> Graph {
    let s = Session::new(Options::default().threads(1));
    record(&s);
    s.graph()
}

#[test]
fn a_multilayer_perceptron() {
    let stats = recorded(|s| {
        let w1 = s.input(Tensor::<f32, shape![20, 784]>::zeros()).unwrap();
        let b1 = s.input(Tensor::<f32, shape![20]>::zeros()).unwrap();
        let w2 = s.input(Tensor::<f32, shape![10, 20]>::zeros()).unwrap();
        let b2 = s.input(Tensor::<f32, shape![10]>::zeros()).unwrap();
        let x = s.input(Tensor::<f32, shape![3, 784]>::zeros()).unwrap();
        let labels = s.input_nat_vec::<Dim<3>>(&[0, 1, 2]).unwrap();
        s.cross_entropy(s.linear(w2, b2, s.relu(s.linear(w1, b1, x))), labels);
    })
    .stats();
    // Products, biases, relu, and five for each logit.
    assert_eq!(stats.flops, (2 * 3 * 784 * 20 + 60) + 60 + (2 * 3 * 20 * 10 + 30) + 5 * 30);
    assert_eq!((stats.leaves, stats.nodes, stats.values()), (5, 4, 9));
    assert_eq!(stats.elements, 15_680 + 20 + 200 + 10 + 2_352 + 60 + 60 + 30 + 1);
    assert_eq!((stats.bytes::<f32>(), stats.bytes::<f64>()), (4 * stats.elements, 8 * stats.elements));
}

#[test]
fn lenet() {
    let stats = recorded(|s| {
        let c1 = s.input(Tensor::<f32, shape![8, 1, 5, 5]>::zeros()).unwrap();
        let c1_bias = s.input(Tensor::<f32, shape![8]>::zeros()).unwrap();
        let c2 = s.input(Tensor::<f32, shape![16, 8, 5, 5]>::zeros()).unwrap();
        let c2_bias = s.input(Tensor::<f32, shape![16]>::zeros()).unwrap();
        let out = s.input(Tensor::<f32, shape![10, 400]>::zeros()).unwrap();
        let out_bias = s.input(Tensor::<f32, shape![10]>::zeros()).unwrap();
        let x = s.input(Tensor::<f32, shape![1, 1, 28, 28]>::zeros()).unwrap();
        let h = s.relu(s.conv2d(c1, c1_bias, x, Stride::<1>, Padding::<2>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        let h = s.relu(s.conv2d(c2, c2_bias, h, Stride::<1>, Padding::<0>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        s.linear(out, out_bias, s.flatten_from(h, Axis::<1>));
    })
    .stats();
    assert_eq!(
        stats.to_string(),
        "operation  nodes    FLOPs\n\
         conv           2  961,472\n\
         linear         1    8,010\n\
         relu           2    7,872\n\
         max_pool       2    7,872\n\
         reshape        1        0\n\
         total          8  985,226\n\
         7 leaves, 26,340 elements in all values, 12,544 alive at once"
    );
    // 28 · 28 windows of 25 and 10 · 10 of 25 · 8.
    assert_eq!(stats.operations[0].flops, (2 * 6_272 * 25 + 6_272) + (2 * 1_600 * 200 + 1_600));
}

#[test]
fn nothing_costs_nothing() {
    let stats = Graph::default().stats();
    assert_eq!((stats.values(), stats.flops, stats.elements), (0, 0, 0));
    assert_eq!(
        stats.to_string(),
        "operation  nodes  FLOPs\ntotal          0      0\n0 leaves, 0 elements in all values, 0 alive at once"
    );
}

/// Alive from its node to its last reader, under any name; not inputs, constants and results.
#[test]
fn alive_at_once() {
    let mut graph = Graph::default();
    let shape = DynShape::new(&[2, 3]);
    let x = graph.leaf(shape);
    let a = graph.push(op::Neg {}, &[x]).unwrap();
    let flat = graph.push(op::Reshape { to: DynShape::new(&[6]) }, &[a]).unwrap();
    assert_eq!(graph.stats().alive, 0);
    let b = graph.push(op::Exp {}, &[a]).unwrap();
    let c = graph.push(op::Mul {}, &[b, b]).unwrap();
    assert_eq!(graph.stats().alive, 12);
    let d = graph.push(op::Sum { axes: DynShape::new(&[0, 1]) }, &[c]).unwrap();
    assert_eq!(graph.stats().alive, 12);
    // Now the first one outlives all of them.
    graph.push(op::Axpy {}, &[d, flat, flat]).unwrap();
    let stats = graph.stats();
    assert_eq!((stats.alive, stats.alive_bytes::<f64>()), (18, 144));
}

/// Costs that no number of 64 bits counts are the largest one.
#[test]
fn costs_without_number() {
    let mut graph = Graph::default();
    let side = 1 << 31;
    let x = graph.leaf(DynShape::new(&[side, side]));
    graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[x, x]).unwrap();
    assert_eq!(graph.stats().flops, u64::MAX);
}

/// The documented cost of one operation.
fn documented(name: &str, draft: &Draft) -> usize {
    let value = draft.output.elements();
    let operand = |index: usize| draft.operands[index].elements();
    let last = || operand(draft.operands.len() - 1);
    match &draft.op {
        Op::MatMul(op) => {
            // The inner axis is what remains of the first operand.
            let [a, b] = [draft.operands[0], draft.operands[1]];
            let k = if op.transpose_a { a[a.len() - 2] } else { a[a.len() - 1] };
            assert!(b.contains(&k));
            2 * value * k
        }
        Op::Linear(_) => 2 * value * draft.operands[0][1] + value,
        Op::Conv(_) => {
            let filter: usize = draft.operands[0][1..].iter().product();
            2 * value * filter + if draft.operands.len() == 3 { value } else { 0 }
        }
        Op::ConvInput(_) => 2 * operand(1) * draft.operands[0][1..].iter().product::<usize>(),
        Op::ConvWeight(_) => 2 * operand(1) * draft.output[1..].iter().product::<usize>(),
        Op::MaxPool(op) => value * op.kernel.elements(),
        Op::MaxPoolSelect(op) => value * op.kernel.elements(),
        Op::AvgPool(op) => value * op.kernel.elements(),
        Op::MaxPoolScatter(op) => last() * op.kernel.elements(),
        Op::AvgPoolSpread(op) => last() * op.kernel.elements(),
        _ => match name {
            "constant" | "full" | "detach" | "keep_allowed" | "unfold" | "reshape" | "permute" | "broadcast"
            | "concat" | "slice" | "pad" | "gather_rows" | "gather_last" | "keep_valid" | "scatter_last" => 0,
            "sum" | "mean" | "max" | "fold" | "scatter_rows" | "scatter_add" => last(),
            "logsumexp" | "softmax" | "masked_softmax" | "log_softmax" | "cross_entropy" => 5 * last(),
            "mse_loss" => 3 * last(),
            "axpy" => 2 * value,
            "add" | "sub" | "mul" | "div" | "neg" | "scale" | "div_scalar" | "add_scalar" | "scalar_sub"
            | "scalar_div" | "gate" | "relu" | "leaky_relu" | "elu" | "gelu" | "gelu_tanh" | "silu" | "abs"
            | "sqrt" | "pow" | "tanh" | "sigmoid" | "softplus" | "exp" | "log" | "safe_log" | "sin" | "cos" | "erf"
            | "clamp" | "clamp_gate" | "maximum" | "minimum" | "select_gt" | "dropout" => value,
            _ => panic!("the cost of `{name}` is documented nowhere"),
        },
    }
}

#[test]
fn every_operation_costs_what_is_documented() {
    for_each_name(Op::NAMES, |name| {
        let random = |source: &mut Source| Program::of(name, Points::Smooth, source);
        for_each_case(256, random, |(program, draft)| {
            let stats = program.graph.stats();
            prop_assert_eq!(stats.flops, documented(name, draft) as u64);
            prop_assert_eq!((stats.operations[0].name, stats.operations[0].nodes, stats.nodes), (name, 1, 1));
            prop_assert_eq!(stats.alive, 0);
            let operands: usize = draft.operands.iter().map(DynShape::elements).sum();
            prop_assert_eq!(stats.elements, operands + draft.output.elements());
            Ok(())
        });
    });
}
