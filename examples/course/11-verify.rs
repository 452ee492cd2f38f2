//! 11: verification. The training step of a small network for digits is shown to do what its graph says, for all images
//! and all weights; then one thing in it is changed, and the change is found.
//!
//! `step.verify()` runs the tape of the step as it is scheduled, with the hash of an expression in the place of every
//! number, and compares what comes out with backpropagation by its definition. What that shows, and what it does not,
//! is in `docs/verification.md`. `cargo run --release --example 11-verify`.

use session::optim::Sgd;
use session::prelude::*;

graph! {
    struct LeNet {
        w1: [8, 1, 5, 5] = kaiming,
        b1: [8] = zeros,
        w2: [16, 8, 5, 5] = kaiming,
        b2: [16] = zeros,
        w3: [10, 400] = xavier,
        b3: [10] = zeros,
    }

    fn loss<B>(images: [B, 1, 28, 28], labels: nat[B]) -> [] {
        let h = max_pool2d(relu(conv2d(w1, b1, images, padding = 2)), kernel = 2, stride = 2);
        let h = max_pool2d(relu(conv2d(w2, b2, h)), kernel = 2, stride = 2);
        cross_entropy(linear(w3, b3, flatten(h, start = 1)), labels)
    }
}

/// Changes of the step's text. The third gives the right numbers in the first step, while all velocities are 0.
const FAULTS: [(&str, &str, &str); 3] = [
    ("The mean is over one label too few", "number=-8", "number=-7"),
    ("The gradient of the softmax takes the wrong operand", "mul(%34, %37)", "mul(%33, %37)"),
    ("The velocity of the last weight decays by the learning rate", "axpy(%8, %18, %41)", "axpy(%7, %18, %41)"),
];

fn main() -> Result<(), Error> {
    let net = LeNet::new(0);
    let mut step = net.compile_loss::<Dim<8>>(Options::default())?.into_step(Sgd::new(0.1).momentum(0.9))?;
    step.run((&Tensor::ones(), &[7, 2, 1, 0, 4, 1, 4, 9]))?;

    println!("The step, forward, reverse and update, does what the graph says:\n\n{}\n", step.verify()?);
    println!("Its kernels on this machine, on random numbers:\n\n{}\n", step.verify_kernels()?);

    // The graph of the whole step leaves as text and comes back as it was; then with one thing changed.
    let text = step.graph().to_string();
    step.verify_graph(&text.parse()?)?;
    for (fault, right, wrong) in FAULTS {
        assert!(text.contains(right), "the step has no `{right}`:\n{text}");
        match step.verify_graph(&text.replace(right, wrong).parse()?) {
            Err(Error::Mismatch(mismatch)) => println!("{fault}:\n  {right} -> {wrong}\n  {mismatch}\n"),
            other => panic!("this fault was not found: {fault}: {other:?}"),
        }
    }
    Ok(())
}
