//! The network of the main job by macro and by hand: the same graph, and the same bits from the first value of a
//! parameter to the last.

mod by_hand;
#[path = "../../mnist/model.rs"]
mod by_macro;

use session::data::Mnist;
use session::optim::Sgd;
use session::prelude::*;
use session::random::Rng;

type Values = Vec<(String, Vec<f32>)>;
type Images = Tensor<f32, shape![16, 1, 28, 28]>;

/// Parameters before, the loss of every step, parameters after, and the scores they give.
type Training = (Values, Vec<f32>, Values, Vec<f32>);

fn batches() -> Vec<(Images, [usize; 16])> {
    let data = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist")).unwrap();
    data.train.batches::<16>(7).take(4).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn by_hand(s: &Session, batches: &[(Images, [usize; 16])]) -> Training {
    let net = by_hand::LeNet::new(&mut Rng::new(3));
    let (before, mut losses, mut optimizer) = (net.values(), Vec::new(), Sgd::new(0.05).momentum(0.9));
    for (images, labels) in batches {
        s.reset_tape();
        let m = net.bind(s).unwrap();
        let x = s.input(images.clone()).unwrap();
        let y = s.input_nat_vec::<Dim<16>>(labels).unwrap();
        let loss = s.cross_entropy(by_hand::forward(s, &m, x), y);
        losses.push(s.step(loss, &mut optimizer).unwrap());
    }
    s.reset_tape();
    let m = net.bind(s).unwrap();
    let x = s.input(batches[0].0.clone()).unwrap();
    let logits = s.value(by_hand::forward(s, &m, x)).unwrap();
    (before, losses, net.values(), logits.to_vec())
}

fn values(net: &by_macro::LeNet) -> Values {
    net.parameters().into_iter().map(|(name, param)| (name, param.value().as_slice().to_vec())).collect()
}

fn by_macro(s: &Session, batches: &[(Images, [usize; 16])]) -> Training {
    let net = by_macro::LeNet::new(3);
    let (before, mut losses, mut optimizer) = (values(&net), Vec::new(), Sgd::new(0.05).momentum(0.9));
    for (images, labels) in batches {
        s.reset_tape();
        let m = net.bind(s).unwrap();
        let x = s.input(images.clone()).unwrap();
        let y = s.input_nat_vec::<Dim<16>>(labels).unwrap();
        losses.push(s.step(m.loss(s, x, y).0, &mut optimizer).unwrap());
    }
    let mut forward = net.compile_forward::<Dim<16>>(Options::default()).unwrap();
    let logits = forward.run((&batches[0].0,)).unwrap();
    (before, losses, values(&net), logits.to_vec())
}

#[test]
fn the_macro_and_the_hand_give_the_same_bits() {
    let (s, batches) = (Session::<f32>::new(Options::default()), batches());
    let (hand, written) = (by_hand(&s, &batches), by_macro(&s, &batches));
    for (hand, written) in [(&hand.0, &written.0), (&hand.2, &written.2)] {
        assert_eq!(hand.len(), 6);
        for ((hand_name, hand), (name, written)) in hand.iter().zip(written) {
            assert_eq!(hand_name, name);
            assert_eq!(bits(hand), bits(written), "{name}");
        }
    }
    assert_eq!(bits(&hand.1), bits(&written.1));
    assert_eq!(bits(&hand.3), bits(&written.3));
    // It has learnt, so these are not the bits of nothing.
    assert_ne!(hand.0, hand.2);
    assert!(hand.1.iter().all(|loss| loss.is_finite()) && hand.1[3] != hand.1[0]);
}

#[test]
fn the_macro_and_the_hand_record_the_same_graph() {
    let s = Session::<f32>::new(Options::default().threads(1));
    let m = by_hand::LeNet::new(&mut Rng::new(0)).bind(&s).unwrap();
    let x = s.input(Tensor::<f32, shape![3, 1, 28, 28]>::zeros()).unwrap();
    by_hand::forward(&s, &m, x);
    assert_eq!(s.graph(), by_macro::LeNet::forward_graph::<Dim<3>>());
}
