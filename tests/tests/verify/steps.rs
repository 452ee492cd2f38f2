//! Training steps of every optimiser.

use session::Step;
use session::optim::{Adam, AdamW, Clipped, Optimizer, RmsProp, Sgd};
use session::prelude::*;

use super::claims;

/// A step of a parameter that is two leaves, one that is one leaf, one that the loss does not reach and one that is
/// frozen.
fn step<O: Optimizer<f32>>(optimizer: O) -> Step<f32, O> {
    let s = Session::<f32>::new(Options::default().threads(1));
    let w = Param::new(Tensor::<f32, shape![3, 4]>::ones());
    let (b, unused) = (Param::new(Tensor::<f32, shape![3]>::ones()), Param::new(Tensor::<f32, shape![2]>::ones()));
    let frozen = Param::new(Tensor::<f32, shape![3]>::ones()).frozen();
    let x = s.input(Tensor::<f32, shape![5, 4]>::ones()).unwrap();
    let (first, _) = (s.use_param(&w).unwrap(), s.use_param(&unused).unwrap());
    let (b, frozen) = (s.use_param(&b).unwrap(), s.use_param(&frozen).unwrap());
    let second = s.use_param(&w).unwrap();
    let labels = s.input_nats::<shape![5]>(&[0, 2, 1, 1, 0]).unwrap();
    let logits = s.broadcast_mul(s.tanh(s.linear(first, b, x)), frozen);
    let loss = s.add(s.cross_entropy(logits, labels), s.sum(s.mul(second, second)));
    s.compile_step(loss, optimizer).unwrap()
}

/// The step is what it says, before and after a run; so many answers with so many elements are compared.
fn holds<O: Optimizer<f32>>(optimizer: O, states: usize) {
    let mut step = step(optimizer);
    let before = step.verify().unwrap();
    assert_eq!(claims(&before), ["the value of %13 and the update of 3 parameters"]);
    let check = &before.checks[0];
    assert_eq!((check.values, check.elements), (1 + 3 * (1 + states), 1 + 15 * (1 + states)));
    let kernels = step.verify_kernels().unwrap();
    assert_eq!(kernels.instructions, check.instructions);
    assert!(kernels.operations.contains(&"axpy"), "{kernels}");
    step.run(()).unwrap();
    let after = step.verify().unwrap();
    assert_eq!((after.graph, &after.checks), (before.graph, &before.checks));
}

#[test]
fn gradient_descent() {
    holds(Sgd::new(0.1), 0);
    holds(Sgd::new(0.1).momentum(0.9), 1);
    holds(Sgd::new(0.1).momentum(0.9).nesterov(true).weight_decay(0.01), 1);
    holds(Sgd::new(0.1).weight_decay(0.01), 0);
}

#[test]
fn adam() {
    holds(Adam::new(0.1), 2);
    holds(Adam::new(0.1).weight_decay(0.01), 2);
    holds(AdamW::new(0.1), 2);
    holds(AdamW::new(0.1).weight_decay(0.0), 2);
}

#[test]
fn rms_prop() {
    holds(RmsProp::new(0.1), 1);
    holds(RmsProp::new(0.1).momentum(0.9), 2);
    holds(RmsProp::new(0.1).momentum(0.9).centered(true).weight_decay(0.01), 3);
}

#[test]
fn clipping() {
    holds(Clipped::new(Sgd::new(0.1), 1.0), 0);
    holds(Clipped::new(Sgd::new(0.1).momentum(0.9), 1.0), 1);
    holds(Clipped::new(Adam::new(0.1), 1.0), 2);
    holds(Clipped::new(Clipped::new(Adam::new(0.1), 1.0), 0.5), 2);
}

/// The loss does not reach the only parameter: the step only computes the loss.
#[test]
fn nothing_to_update() {
    for clipped in [false, true] {
        let s = Session::<f32>::new(Options::default().threads(1));
        let unused = Param::new(Tensor::<f32, shape![2]>::ones());
        let x = s.input(Tensor::<f32, shape![2]>::ones()).unwrap();
        s.use_param(&unused).unwrap();
        let loss = s.sum(s.exp(x));
        let certificate = if clipped {
            s.compile_step(loss, Clipped::new(Adam::new(0.1), 1.0)).unwrap().verify()
        } else {
            s.compile_step(loss, Adam::new(0.1)).unwrap().verify()
        };
        assert_eq!(certificate.unwrap().checks[0].elements, 1);
    }
}
