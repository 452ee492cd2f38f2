//! Parameters as leaves.

use session::ir::{DynShape, Id};
use session::optim::Sgd;
use session::prelude::*;

use crate::network::{Network, PARAMETERS};

#[test]
fn leaves_are_in_the_order_of_the_fields_and_carry_their_names() {
    let (s, model) = (Session::<f32>::new(Options::default()), Network::new(1));
    let m = model.bind(&s).unwrap();
    let graph = s.graph();
    let leaves: Vec<_> = graph.ids().map(|id| (graph.name(id).unwrap(), graph.shape(id))).collect();
    assert_eq!(leaves, PARAMETERS.map(|(name, shape, _)| (name, DynShape::new(shape))));
    assert_eq!(m.encoder, m.decoder, "tied parameters are one leaf");
    assert_eq!(m.blocks[0].b.map(|b| b.id()), Some(Id::new(2)));
    assert!(m.blocks[1].b.is_none());
    assert_eq!(s.value(m.blocks[1].w).unwrap(), model.blocks[1].w.value());
}

#[test]
fn a_model_is_bound_any_number_of_times() {
    let (s, model) = (Session::<f32>::new(Options::default()), Network::new(1));
    let first = model.bind(&s).unwrap();
    let words = s.input_nat_vec::<Dim<2>>(&[0, 4]).unwrap();
    let twice = model.bind(&s).unwrap();
    let scores = twice.forward(&s, words);
    let after = model.clone().bind(&s).unwrap();
    assert_eq!((first.encoder, twice.scales[1]), (after.encoder, after.scales[1]));
    assert_eq!(first.blocks.map(|block| block.w), after.blocks.map(|block| block.w));
    assert_eq!(s.graph().leaves().len(), PARAMETERS.len());

    // A leaf keeps its value to the end of the recording.
    let before = s.value(scores).unwrap();
    model.encoder.set_value(Tensor::zeros());
    assert_eq!(s.value(model.bind(&s).unwrap().encoder).unwrap(), s.value(first.encoder).unwrap());
    assert_eq!(s.value(scores).unwrap(), before);
    s.reset_tape();
    let m = model.bind(&s).unwrap();
    assert_eq!(s.value(m.encoder).unwrap(), Tensor::zeros());
    assert!(matches!(s.value(first.encoder), Err(Error::StaleRef { .. })));
}

/// Siamese networks: both calls are of the same parameters, whose gradients add up.
#[test]
fn two_calls_in_one_recording() {
    let (s, model) = (Session::<f64>::new(Options::default()), Network::<f64>::new(2));
    let m = model.bind(&s).unwrap();
    let [a, b] = [[0, 1, 2], [4, 3, 3]].map(|words| s.input_nat_vec::<Dim<3>>(&words).unwrap());
    let [left, right] = [a, b].map(|words| m.forward(&s, words));
    let distance = s.mse_loss(left, right);
    let grads = s.backward_params(distance).unwrap();
    assert_eq!(grads.len(), 5, "one is frozen");

    // The same by hand: one leaf for each use.
    let by_hand = |s: &Session<f64>| {
        s.reset_tape();
        let uses = [0, 1].map(|_| {
            let encoder = s.use_param(&model.encoder).unwrap();
            let mut refs = m.clone();
            refs.encoder = encoder;
            refs.decoder = encoder;
            for (refs, layer) in refs.blocks.iter_mut().zip(&model.blocks) {
                refs.w = s.use_param(&layer.w).unwrap();
                refs.b = layer.b.as_ref().map(|b| s.use_param(b).unwrap());
            }
            refs.scales = model.scales.iter().map(|scale| s.use_param(scale).unwrap()).collect();
            refs
        });
        let [a, b] = [[0, 1, 2], [4, 3, 3]].map(|words| s.input_nat_vec::<Dim<3>>(&words).unwrap());
        s.backward_params(s.mse_loss(uses[0].forward(s, a), uses[1].forward(s, b))).unwrap()
    };
    let expected = by_hand(&s);
    assert_eq!(grads.value(), expected.value());
    assert!(grads.get(&model.scales[0]).is_none() && grads.get(&model.scales[1]).is_some());
    close(&grads.get(&model.encoder).unwrap(), &expected.get(&model.encoder).unwrap());
    close(&grads.get(&model.scales[1]).unwrap(), &expected.get(&model.scales[1]).unwrap());
    for layer in &model.blocks {
        close(&grads.get(&layer.w).unwrap(), &expected.get(&layer.w).unwrap());
    }
}

/// Equal but for the order of summation.
fn close<S: Shape>(found: &Tensor<f64, S>, expected: &Tensor<f64, S>) {
    for (found, expected) in found.as_slice().iter().zip(expected.as_slice()) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }
}

/// A leaf made by `use_param` is the parameter's leaf: the first one, if there are several.
#[test]
fn leaves_that_are_there_already() {
    let (s, model) = (Session::<f32>::new(Options::default()), Network::new(1));
    let first = s.use_param(&model.scales[1]).unwrap();
    let second = s.use_param(&model.scales[1]).unwrap();
    let m = model.bind(&s).unwrap();
    assert_ne!(first, second);
    assert_eq!(m.scales[1], first);
    assert_eq!(s.graph().leaves().len(), 2 + PARAMETERS.len() - 1);
}

#[test]
fn a_new_parameter_after_a_node() {
    let (s, model) = (Session::<f32>::new(Options::default()), Network::new(1));
    let scales = [model.scales[0].clone(), model.scales[1].clone()];
    let [a, b] = scales.bind(&s).unwrap();
    s.add(a, b);
    assert_eq!(scales.bind(&s).unwrap(), [a, b], "these are leaves");
    let before = s.graph();
    for refused in [model.bind(&s).err(), model.blocks.bind(&s).err(), model.blocks.to_vec().bind(&s).err()] {
        assert!(matches!(refused, Some(Error::LeafAfterNode { nodes: 1 })), "{refused:?}");
    }
    assert_eq!(s.graph(), before);
}

#[test]
fn steps_train_what_is_not_frozen() {
    let (s, model) = (Session::<f32>::new(Options::default()), Network::new(3));
    let before = model.numbers();
    let mut losses = Vec::new();
    let mut sgd = Sgd::new(0.1);
    for _ in 0..30 {
        s.reset_tape();
        let m = model.bind(&s).unwrap();
        let [words, labels] = [[0, 1, 2, 3, 4], [1, 2, 3, 4, 0]].map(|list| s.input_nat_vec::<Dim<5>>(&list).unwrap());
        losses.push(s.step(m.loss(&s, words, labels), &mut sgd).unwrap());
    }
    assert!(losses[29] < losses[0], "{losses:?}");
    assert_eq!(s.compiled_tapes(), 1);
    let changed: Vec<bool> = before.iter().zip(model.numbers()).map(|(before, after)| *before != after).collect();
    assert_eq!(changed, PARAMETERS.map(|(_, _, frozen)| !frozen));
    assert_eq!(model.encoder.value(), model.decoder.value());
}
