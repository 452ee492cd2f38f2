//! The two networks of the examples, trained briefly: exported once for any batch, run at several sizes, and read again.

use std::path::Path;

use serde_json::Value;
use session::data::Mnist;
use session::onnx::Import;
use session::optim::{AdamW, Sgd};
use session::prelude::*;
use session::random::Rng;

use crate::case;

#[path = "../../../examples/course/09-transformer.rs"]
#[allow(dead_code)]
mod transformer;

#[path = "../../../examples/mnist/model.rs"]
mod mnist;

use transformer::{Length, Letters, Writer};

fn examples(folder: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data").join(folder)
}

/// LeNet after a few steps with the digits of the examples, and more digits.
fn trained_lenet() -> (mnist::LeNet, Mnist) {
    let data = Mnist::load(examples("mnist")).expect("the digits of the examples");
    let net = mnist::LeNet::new(0);
    let session = Session::<f32>::new(Options::default());
    let mut optimizer = Sgd::new(0.1);
    for (images, labels) in data.train.batches::<32>(0).take(40) {
        session.reset_tape();
        let bound = net.bind(&session).expect("parameters");
        let x = session.input(images).expect("an input");
        let labels = session.input_nat_vec::<Dim<32>>(&labels).expect("labels");
        let (loss, _) = bound.loss(&session, x, labels);
        session.step(loss, &mut optimizer).expect("a step");
    }
    (net, data)
}

#[test]
fn the_trained_net_of_mnist() {
    let (net, data) = trained_lenet();
    let two = net.compile_forward::<Dim<2>>(Options::default()).expect("a function");
    let three = net.compile_forward::<Dim<3>>(Options::default()).expect("a function");
    let bytes = two.to_onnx_of_any_batch("mnist", "N", &three).expect("a model");
    // Which two sizes it was recorded at does not matter.
    let seven = net.compile_forward::<Dim<7>>(Options::default()).expect("a function");
    assert!(bytes == seven.to_onnx_of_any_batch("mnist", "N", &three).expect("a model"));

    let mut lines: Vec<Value> = Vec::new();
    macro_rules! at {
        ($size:literal) => {{
            type X = shape![$size, 1, 28, 28];
            let pixels = (0..$size).flat_map(|index| data.test.item(index).to_vec()).collect();
            let x = Tensor::<f32, X>::from_vec(pixels).expect("images");
            let mut function = net.compile_forward::<Dim<$size>>(Options::default()).expect("a function");
            let scores = function.run((&x,)).expect("scores");
            let model = Import::<f32>::read("mnist", &bytes).expect("a model");
            assert_eq!(model.symbols(), ["N"]);
            let mut read =
                model.into_typed::<(TensorRef<X>,), TensorRef<shape![$size, 10]>>(Options::default()).expect("types");
            assert!(read.run((&x,)).expect("scores") == scores, "what is read gives the same bits");
            let (input, output) = (function.inputs().next().unwrap(), function.outputs().next().unwrap());
            let inputs = vec![case::tensor(input.0, input.1, x.as_slice())];
            let expected = vec![case::tensor(output.0, output.1, scores.as_slice())];
            lines.push(case::line(concat!("mnist ", $size), &bytes, inputs, expected));
        }};
    }
    at!(1);
    at!(2);
    at!(16);
    at!(100);
    case::write("mnist.jsonl", &lines);
}

#[test]
fn the_transformer() {
    let net = Writer::new(0);
    let play = std::fs::read_to_string(examples("as-you-like-it/as-you-like-it.txt")).expect("a play");
    let letters: Vec<char> = play.chars().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let text: Vec<usize> = play.chars().take(4000).map(|letter| letters.binary_search(&letter).unwrap()).collect();
    let loss = net.compile_loss::<Dim<2>>(Options::default()).expect("a function");
    let mut step = loss.into_step(AdamW::new(2e-3)).expect("a step");
    let mut rng = Rng::new(1);
    for _ in 0..5 {
        let starts: Vec<usize> = (0..2).map(|_| rng.below(text.len() - Length::SIZE)).collect();
        let [window, next] =
            [0, 1].map(|by| starts.iter().flat_map(|at| &text[at + by..][..Length::SIZE]).copied().collect::<Vec<_>>());
        step.run((&window, &next)).expect("a loss");
    }

    let one = net.compile_forward::<Dim<1>>(Options::default()).expect("a function");
    let two = net.compile_forward::<Dim<2>>(Options::default()).expect("a function");
    let bytes = one.to_onnx_of_any_batch("transformer", "N", &two).expect("a model");
    let mut lines: Vec<Value> = Vec::new();
    macro_rules! at {
        ($size:literal) => {{
            let words = &text[..$size * Length::SIZE];
            let mut function = net.compile_forward::<Dim<$size>>(Options::default()).expect("a function");
            let scores = function.run((words,)).expect("scores");
            let model = Import::<f32>::read("transformer", &bytes).expect("a model");
            type Words = NatTensorRef<(Dim<$size>, Length)>;
            type Scores = TensorRef<(Dim<$size>, Length, Letters)>;
            let mut read = model.into_typed::<(Words,), Scores>(Options::default()).expect("types");
            assert!(read.run((words,)).expect("scores") == scores, "what is read gives the same bits");
            let (input, output) = (function.inputs().next().unwrap(), function.outputs().next().unwrap());
            let inputs = vec![case::counts(input.0, input.1, words)];
            let expected = vec![case::tensor(output.0, output.1, scores.as_slice())];
            lines.push(case::line(concat!("transformer ", $size), &bytes, inputs, expected));
        }};
    }
    at!(1);
    at!(3);
    case::write("transformer.jsonl", &lines);
}
