//! The training step of a small LeNet: what the tape computes is what the definition says, bit for bit,
//! at any thread count and in every scalar.

use session::autodiff::reverse;
use session::ir::{Graph, Id};
use session::optim::{Optimizer, Sgd};
use session::prelude::*;
use session::random::Rng;
use session::scalar::{Dual, Scalar, Symbol, Term};
use session::semantics::{self, Array};
use session::tape::{Definition, Schedule, run};
use session::{init, shapes};

/// The network of the main job on any square image: 8 channels of 5x5, 16 channels of 5x5, 10 classes.
struct Net<F: Dimension> {
    c1: Param<shape![8, 1, 5, 5]>,
    c1_bias: Param<shape![8]>,
    c2: Param<shape![16, 8, 5, 5]>,
    c2_bias: Param<shape![16]>,
    out: Param<shape![10, F]>,
    out_bias: Param<shape![10]>,
}

impl<F: Dimension> Net<F> {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self {
            c1: Param::new(init::kaiming_uniform(1.0, &mut rng)).named("c1"),
            c1_bias: Param::new(init::bias_uniform(25, &mut rng)).named("c1_bias"),
            c2: Param::new(init::kaiming_uniform(1.0, &mut rng)).named("c2"),
            c2_bias: Param::new(init::bias_uniform(200, &mut rng)).named("c2_bias"),
            out: Param::new(init::kaiming_uniform(1.0, &mut rng)).named("out"),
            out_bias: Param::new(init::bias_uniform(400, &mut rng)).named("out_bias"),
        }
    }

    fn values(&self) -> Vec<Vec<f32>> {
        vec![
            self.c1.value().to_vec(),
            self.c1_bias.value().to_vec(),
            self.c2.value().to_vec(),
            self.c2_bias.value().to_vec(),
            self.out.value().to_vec(),
            self.out_bias.value().to_vec(),
        ]
    }
}

macro_rules! record {
    ($session:expr, $net:expr, $batch:literal, $size:literal) => {{
        let (s, net) = (&$session, &$net);
        let c1 = s.use_param(&net.c1).unwrap();
        let c1_bias = s.use_param(&net.c1_bias).unwrap();
        let c2 = s.use_param(&net.c2).unwrap();
        let c2_bias = s.use_param(&net.c2_bias).unwrap();
        let out = s.use_param(&net.out).unwrap();
        let out_bias = s.use_param(&net.out_bias).unwrap();
        let images = Tensor::<f32, shape![$batch, 1, $size, $size]>::randn(&mut Rng::new(5));
        let labels: Vec<usize> = (0..$batch).map(|index| index * 7 % 10).collect();
        let x = s.input(images).unwrap();
        let labels = s.input_nat_vec::<Dim<$batch>>(&labels).unwrap();
        let h = s.relu(s.conv2d(c1, c1_bias, x, Stride::<1>, Padding::<2>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        let h = s.relu(s.conv2d(c2, c2_bias, h, Stride::<1>, Padding::<0>));
        let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
        let logits = s.linear(out, out_bias, s.flatten_from(h, Axis::<1>));
        s.cross_entropy(logits, labels)
    }};
}

fn bits(values: &[f32]) -> Vec<u64> {
    values.iter().map(|value| value.bits()).collect()
}

fn arrays<S: Scalar>(graph: &Graph, mut element: impl FnMut(usize, usize) -> S) -> Vec<Array<S>> {
    let leaf = |(index, &shape): (usize, &session::ir::DynShape)| {
        Array::new(shape, (0..shape.elements()).map(|position| element(index, position)).collect())
    };
    graph.leaves().iter().enumerate().map(leaf).collect()
}

/// The definition's own training step: cotangents by `backprop_all`, then `p - rate · g`, rounded once.
fn definition(session: &Session, loss: TensorRef<()>, rate: f32) -> (f32, Vec<Vec<f32>>) {
    let snapshot = session.snapshot();
    let leaves: Vec<Array<f32>> =
        snapshot.leaves.iter().map(|leaf| Array::new(leaf.shape(), leaf.as_slice().to_vec())).collect();
    let mut seeds = vec![None; snapshot.graph.len()];
    seeds[loss.id().index()] = Some(Array::full(session::ir::DynShape::SCALAR, 1.0));
    let cotangents = semantics::backprop_all(&snapshot.graph, &leaves, &snapshot.naturals, seeds);
    let value = semantics::eval(&snapshot.graph, &leaves, &snapshot.naturals)[loss.id().index()].data[0];
    let updated = leaves[..6].iter().zip(&cotangents).map(|(parameter, gradient)| {
        let gradient = gradient.as_ref().expect("every parameter is reached");
        let pairs = parameter.data.iter().zip(&gradient.data);
        pairs.map(|(&p, &g)| (-rate).mul_add(g, p)).collect()
    });
    (value, updated.collect())
}

#[test]
fn step_has_the_bits_of_the_definition() {
    for threads in [1, 2] {
        let s = Session::<f32>::new(Options::default().threads(threads));
        let net = Net::<Dim<400>>::new(1);
        // Large enough that convolutions, their gradients and the pools are split over threads.
        let loss = record!(s, net, 8, 28);
        let (expected_loss, expected) = definition(&s, loss, 0.05);
        let found_loss = s.step(loss, &mut Sgd::new(f64::from(0.05f32))).unwrap();
        assert_eq!(found_loss.bits(), expected_loss.bits(), "the loss on {threads} threads");
        for (index, (found, expected)) in net.values().iter().zip(&expected).enumerate() {
            assert_eq!(bits(found), bits(expected), "parameter {index} on {threads} threads");
        }
    }
}

/// Every way to take a step gives the same bits.
#[test]
fn ways_to_step_agree() {
    let rate = 0.05;
    let steps = 3;
    let by_step = {
        let (s, net, mut sgd) = (Session::<f32>::new(Options::default()), Net::<Dim<16>>::new(2), Sgd::new(rate));
        for _ in 0..steps {
            s.reset_tape();
            let loss = record!(s, net, 4, 12);
            s.step(loss, &mut sgd).unwrap();
        }
        net.values()
    };
    let by_parameters = {
        let (s, net) = (Session::<f32>::new(Options::default()), Net::<Dim<16>>::new(2));
        for _ in 0..steps {
            s.reset_tape();
            let loss = record!(s, net, 4, 12);
            let grads = s.backward_params(loss).unwrap();
            s.sgd_step_all(rate, &grads).unwrap();
        }
        net.values()
    };
    let by_dense = {
        let (s, net) = (Session::<f32>::new(Options::default()), Net::<Dim<16>>::new(2));
        for _ in 0..steps {
            s.reset_tape();
            let loss = record!(s, net, 4, 12);
            let grads = s.backward_scalar_dense_all(loss).unwrap();
            s.sgd_step_all(rate, &grads).unwrap();
        }
        net.values()
    };
    let by_replay = {
        let (s, net) = (Session::<f32>::new(Options::default()), Net::<Dim<16>>::new(2));
        let loss = record!(s, net, 4, 12);
        let mut step = s.compile_step(loss, Sgd::new(rate)).unwrap();
        for _ in 0..steps {
            step.run(()).unwrap();
        }
        net.values()
    };
    let start = Net::<Dim<16>>::new(2).values();
    assert_ne!(bits(&by_step[0]), bits(&start[0]), "training changes the parameters");
    for index in 0..6 {
        assert_eq!(bits(&by_step[index]), bits(&by_parameters[index]), "parameter gradients, {index}");
        assert_eq!(bits(&by_step[index]), bits(&by_dense[index]), "dense gradients, {index}");
        assert_eq!(bits(&by_step[index]), bits(&by_replay[index]), "the compiled step, {index}");
    }
}

#[test]
fn text_form_of_the_step_parses_back() {
    let (s, net) = (Session::<f32>::new(Options::default()), Net::<Dim<400>>::new(1));
    let loss = record!(s, net, 64, 28);
    let step = s.compile_step(loss, Sgd::new(0.1).momentum(0.9)).unwrap();
    for graph in [&s.graph(), step.graph()] {
        let text = graph.to_string();
        assert_eq!(&text.parse::<Graph>().unwrap(), graph);
        assert!(text.contains("leaf %0: [8, 1, 5, 5] # c1"), "{text}");
    }
}

/// The tape of forward, reverse and update, run with other scalars, against the definition of its parts.
fn tape_agrees_with_semantics<S: Scalar + PartialEq + std::fmt::Debug>(element: impl FnMut(usize, usize) -> S) {
    let (s, net) = (Session::<f32>::new(Options::default()), Net::<Dim<16>>::new(1));
    let loss = record!(s, net, 2, 12);
    let step = s.compile_step(loss, Sgd::<f32>::new(0.1).momentum(0.9)).unwrap();
    let (schedule, graph) = (step.tape().schedule(), step.graph());
    let naturals = s.snapshot().naturals;
    let leaves = arrays(graph, element);
    let found = run(schedule, &Definition, &leaves, &naturals);

    let recorded = s.graph();
    let own = &leaves[..recorded.leaves().len()];
    let mut seeds = vec![None; recorded.len()];
    seeds[loss.id().index()] = leaves.last().cloned();
    let cotangents = semantics::backprop_all(&recorded, own, &naturals, seeds);
    assert_eq!(found[0], semantics::eval(&recorded, own, &naturals)[loss.id().index()], "the loss");
    let hyper = recorded.leaves().len();
    for parameter in 0..6 {
        let gradient = cotangents[parameter].as_ref().expect("every parameter is reached");
        let fragment = Optimizer::<f32>::fragment(&Sgd::new(0.1).momentum(0.9), gradient.shape);
        let [cell, state] = [hyper + 2 + 2 * parameter, hyper + 3 + 2 * parameter];
        let inputs = [&leaves[cell], gradient, &leaves[state], &leaves[hyper], &leaves[hyper + 1]].map(Clone::clone);
        let values = semantics::eval(&fragment.graph, &inputs, &[]);
        for (output, id) in fragment.outputs.iter().enumerate() {
            assert_eq!(found[1 + 2 * parameter + output], values[id.index()], "parameter {parameter}");
        }
    }
}

#[test]
fn tape_in_dual_numbers() {
    let mut rng = Rng::new(3);
    tape_agrees_with_semantics(|_, _| Dual { value: rng.normal::<f64>(), tangent: rng.normal::<f64>() });
}

#[test]
fn tape_in_terms() {
    let mut variables = 0..;
    tape_agrees_with_semantics(|_, _| Term::variable(variables.next().expect("there are enough numbers")));
}

/// The schedule of the gradient graph computes the terms of the definition, for every value.
#[test]
fn gradients_of_every_value_in_terms() {
    let (s, net) = (Session::<f32>::new(Options::default()), Net::<Dim<16>>::new(1));
    let loss = record!(s, net, 1, 12);
    let graph = s.graph();
    let derivative = reverse(&graph, &[loss.id()]);
    let reached: Vec<Id> = derivative.gradient.iter().copied().flatten().collect();
    let schedule = Schedule::new(&derivative.graph, &reached);
    let leaves = arrays(&derivative.graph, |leaf, position| Term::variable(leaf << 20 | position));
    let naturals = s.snapshot().naturals;
    let mut found = run(&schedule, &Definition, &leaves, &naturals).into_iter();
    let mut seeds = vec![None; graph.len()];
    seeds[loss.id().index()] = leaves.last().cloned();
    let expected = semantics::backprop_all(&graph, &leaves[..graph.leaves().len()], &naturals, seeds);
    for (id, expected) in graph.ids().zip(expected) {
        if let Some(expected) = expected {
            assert!(found.next() == Some(expected), "the cotangent of {id}");
        }
    }
    assert!(found.next().is_none());
}

/// A function generic over the batch, for the whole network, with no bound but `Dimension`.
#[expect(clippy::too_many_arguments, reason = "one argument for each parameter")]
fn forward<B: Dimension>(
    s: &Session,
    c1: TensorRef<shape![8, 1, 5, 5]>,
    c1_bias: TensorRef<shape![8]>,
    c2: TensorRef<shape![16, 8, 5, 5]>,
    c2_bias: TensorRef<shape![16]>,
    out: TensorRef<shape![10, 400]>,
    out_bias: TensorRef<shape![10]>,
    x: TensorRef<shape![B, 1, 28, 28]>,
) -> TensorRef<shape![B, 10]> {
    let h = s.max_pool2d(s.relu(s.conv2d(c1, c1_bias, x, Stride::<1>, Padding::<2>)), Kernel::<2, 2>, Stride::<2>);
    let h = s.max_pool2d(s.relu(s.conv2d(c2, c2_bias, h, Stride::<1>, Padding::<0>)), Kernel::<2, 2>, Stride::<2>);
    s.linear(out, out_bias, s.flatten_from(h, Axis::<1>))
}

#[test]
fn generic_over_the_batch() {
    let s = Session::<f32>::new(Options::default());
    let net = Net::<Dim<400>>::new(1);
    let (c1, c1_bias) = (s.use_param(&net.c1).unwrap(), s.use_param(&net.c1_bias).unwrap());
    let (c2, c2_bias) = (s.use_param(&net.c2).unwrap(), s.use_param(&net.c2_bias).unwrap());
    let (out, out_bias) = (s.use_param(&net.out).unwrap(), s.use_param(&net.out_bias).unwrap());
    let one = s.input(Tensor::<f32, shape![1, 1, 28, 28]>::ones()).unwrap();
    let seven = s.input(Tensor::<f32, shape![7, 1, 28, 28]>::ones()).unwrap();
    let one: TensorRef<shape![1, 10]> = forward(&s, c1, c1_bias, c2, c2_bias, out, out_bias, one);
    let seven: TensorRef<shape![7, 10]> = forward(&s, c1, c1_bias, c2, c2_bias, out, out_bias, seven);
    let (one, seven) = (s.value(one).unwrap(), s.value(seven).unwrap());
    for row in seven.as_slice().chunks(10) {
        assert_eq!(row, one.as_slice(), "equal images give equal rows");
    }
    assert_eq!(<shape![7, 10] as shapes::Shape>::DIMS, [7, 10]);
}
