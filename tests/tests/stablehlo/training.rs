//! Whole training steps: forward, reverse and update.

use serde_json::{Value, json};
use session::export::Naturals;
use session::ir::DynShape;
use session::optim::{Adam, AdamW, Clipped, Optimizer, RmsProp, Sgd};
use session::prelude::*;
use session::random::Rng;
use session::semantics::{Array, eval};
use session::{Float, Step, init};

use crate::case::{counts, line, tensor};

/// A step with numbers for all that goes in, and what the definition says comes out. The first `trained` leaves of the
/// recording are the parameters, each used once; `slots` is how many tensors of state each has.
fn step_line<T: Float, O: Optimizer<T>>(
    name: &str,
    step: &Step<T, O>,
    recorded: usize,
    trained: usize,
    slots: usize,
    naturals: &[Vec<usize>],
) -> Value {
    let graph = step.graph();
    let mut rng = Rng::new(7);
    let mut leaves: Vec<Array<T>> = graph
        .leaves()
        .iter()
        .map(|&shape| {
            Array::new(shape, (0..shape.elements()).map(|_| T::from_f64(0.3 * rng.normal::<f64>())).collect())
        })
        .collect();
    let scalars = step.scalars(3);
    let scalar = |index: usize| Array::new(DynShape::SCALAR, vec![T::from_f64(scalars[index].1)]);
    // Of the scalars those that each parameter has a leaf of its own for come last.
    let shared = (0..=scalars.len())
        .find(|&shared| leaves.len() == recorded + shared + trained * (1 + slots + scalars.len() - shared) + 1)
        .expect("as many leaves as the step has arguments, and more for each parameter");
    (0..shared).for_each(|index| leaves[recorded + index] = scalar(index));
    let mut inputs = Vec::new();
    for parameter in 0..trained {
        let first = recorded + shared + parameter * (1 + slots + scalars.len() - shared);
        leaves[first] = leaves[parameter].clone();
        for state in &mut leaves[first + 1..=first + slots] {
            // Mean squares are positive.
            state.data.iter_mut().for_each(|x| *x = *x * *x);
        }
        (shared..scalars.len()).for_each(|index| leaves[first + 1 + slots + index - shared] = scalar(index));
        inputs.extend(leaves[first..=first + slots].iter().map(|leaf| tensor(leaf.shape, &leaf.data)));
    }
    *leaves.last_mut().expect("a seed") = Array::full(DynShape::SCALAR, 1.0);
    inputs.extend((0..scalars.len()).map(|index| tensor(DynShape::SCALAR, &scalar(index).data)));
    inputs.extend(leaves[trained..recorded].iter().map(|leaf| tensor(leaf.shape, &leaf.data)));
    let lists = graph.naturals().iter().zip(naturals);
    inputs.extend(lists.map(|(&shape, list)| counts(shape, list, Naturals::I32)));

    let values = eval(graph, &leaves, naturals);
    let mut outputs = step.tape().outputs().to_vec();
    outputs.rotate_left(1);
    let expected = outputs.iter().enumerate().map(|(index, id)| {
        let value = &values[id.index()];
        json!({ "name": format!("result {index}"), "tensor": tensor(value.shape, &value.data) })
    });
    let text = step.to_stablehlo("step").unwrap();
    line(name, &["step"], &text, inputs, expected.collect())
}

/// Two layers with tanh and the mean square error.
fn mlp<T: Float, O: Optimizer<T>>(name: &str, slots: usize, optimizer: O) -> (Value, String) {
    let s = Session::<T>::new(Options::default().threads(1));
    let mut rng = Rng::new(1);
    let w1 = Param::new(init::kaiming_uniform::<T, shape![8, 5]>(1.0, &mut rng)).named("layers.0.weight");
    let b1 = Param::new(Tensor::<T, shape![8]>::zeros()).named("layers.0.bias");
    let w2 = Param::new(init::kaiming_uniform::<T, shape![3, 8]>(1.0, &mut rng)).named("layers.1.weight");
    let b2 = Param::new(Tensor::<T, shape![3]>::zeros()).named("layers.1.bias");
    let (w1, b1) = (s.use_param(&w1).unwrap(), s.use_param(&b1).unwrap());
    let (w2, b2) = (s.use_param(&w2).unwrap(), s.use_param(&b2).unwrap());
    let x = s.input_named("x", Tensor::<T, shape![6, 5]>::zeros()).unwrap();
    let y = s.input_named("y", Tensor::<T, shape![6, 3]>::zeros()).unwrap();
    let loss = s.mse_loss(s.linear(w2, b2, s.tanh(s.linear(w1, b1, x))), y);
    let step = s.compile_step(loss, optimizer).unwrap();
    (step_line(name, &step, 6, 4, slots, &[]), step.to_stablehlo("mlp_step").unwrap())
}

/// Two convolutions with pools, and a cross entropy in which one label is out of range.
fn lenet<T: Float, O: Optimizer<T>>(name: &str, slots: usize, optimizer: O) -> Value {
    let s = Session::<T>::new(Options::default().threads(1).check_indices(false));
    let mut rng = Rng::new(2);
    let c1 = Param::new(init::kaiming_uniform::<T, shape![4, 1, 5, 5]>(1.0, &mut rng)).named("c1");
    let b1 = Param::new(Tensor::<T, shape![4]>::zeros()).named("c1_bias");
    let c2 = Param::new(init::kaiming_uniform::<T, shape![6, 4, 5, 5]>(1.0, &mut rng)).named("c2");
    let b2 = Param::new(Tensor::<T, shape![6]>::zeros()).named("c2_bias");
    let w = Param::new(init::kaiming_uniform::<T, shape![10, 6]>(1.0, &mut rng)).named("out");
    let b = Param::new(Tensor::<T, shape![10]>::zeros()).named("out_bias");
    let (c1, b1) = (s.use_param(&c1).unwrap(), s.use_param(&b1).unwrap());
    let (c2, b2) = (s.use_param(&c2).unwrap(), s.use_param(&b2).unwrap());
    let (w, b) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
    let x = s.input_named("images", Tensor::<T, shape![3, 1, 12, 12]>::zeros()).unwrap();
    let labels = [3, 10, 9];
    let targets = s.input_nat_vec::<Dim<3>>(&labels).unwrap();
    let h = s.relu(s.conv2d(c1, b1, x, Stride::<1>, Padding::<2>));
    let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
    let h = s.relu(s.conv2d(c2, b2, h, Stride::<1>, Padding::<0>));
    let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
    let loss = s.cross_entropy(s.linear(w, b, s.flatten_from(h, Axis::<1>)), targets);
    let step = s.compile_step(loss, optimizer).unwrap();
    step_line(name, &step, 7, 6, slots, &[labels.to_vec()])
}

/// The lines of all steps.
pub fn lines() -> Vec<Value> {
    vec![
        mlp::<f32, _>("mlp_step with sgd", 0, Sgd::new(0.1)).0,
        mlp::<f64, _>("mlp_step with sgd", 0, Sgd::new(0.1)).0,
        mlp::<f32, _>("mlp_step with momentum", 1, Sgd::new(0.1).momentum(0.9).nesterov(true).weight_decay(0.01)).0,
        mlp::<f64, _>("mlp_step with rms_prop", 3, RmsProp::new(0.1).centered(true).momentum(0.9)).0,
        mlp::<f32, _>("mlp_step with clipped adam_w", 2, Clipped::new(AdamW::new(0.01), 0.5)).0,
        lenet::<f32, _>("lenet_step with adam", 2, Adam::new(0.01)),
        lenet::<f64, _>("lenet_step with adam", 2, Adam::new(0.01)),
    ]
}

/// The text of a step.
pub fn text() -> String {
    mlp::<f32, _>("mlp", 2, Adam::new(0.01)).1
}

/// Every optimiser has a name for each of its scalars.
#[test]
fn scalars_have_names() {
    let numbered = |step: &[(String, f64)]| step.iter().any(|(name, _)| name.starts_with("scalar"));
    let s = Session::<f32>::new(Options::default().threads(1));
    let w = Param::new(Tensor::<f32, shape![2]>::zeros());
    let wr = s.use_param(&w).unwrap();
    let loss = s.sum(wr);
    let optimizers: Vec<Box<dyn Optimizer<f32>>> = vec![
        Box::new(Sgd::new(0.1)),
        Box::new(Sgd::new(0.1).momentum(0.9).weight_decay(0.1)),
        Box::new(Adam::new(0.1)),
        Box::new(Adam::new(0.1).weight_decay(0.1)),
        Box::new(AdamW::new(0.1)),
        Box::new(RmsProp::new(0.1)),
        Box::new(RmsProp::new(0.1).momentum(0.9).weight_decay(0.1)),
        Box::new(Clipped::new(Adam::new(0.1), 1.0)),
    ];
    for optimizer in optimizers {
        let kind = optimizer.kind();
        let names = optimizer.scalar_names().len() + usize::from(optimizer.max_norm().is_some());
        let scalars = s.compile_step(loss, optimizer).unwrap().scalars(1);
        assert!(!numbered(&scalars) && scalars.len() == names, "{kind}: {scalars:?}");
    }
}
