//! 7: handwritten digits. A data set gives typed batches in an order that follows from a seed; its labels are natural
//! numbers, which the graph takes beside tensors: `nat[B]`.
//!
//! A perceptron learns 7,000 digits and reads others: `cargo run --release --example 07-classify-digits -- EPOCHS`.

use session::data::{Digit, Mnist};
use session::optim::AdamW;
use session::prelude::*;
use session_examples::{argument, data, picture};

graph! {
    /// Pixels to 128 features to the score of each digit.
    struct Perceptron {
        w1: [128, 784] = kaiming,
        b1: [128] = zeros,
        w2: [10, 128] = kaiming,
        b2: [10] = zeros,
    }

    fn forward<B>(images: [B, 1, 28, 28]) -> [B, 10] {
        let h = relu(linear(w1, b1, flatten(images, start = 1)));
        linear(w2, b2, h)
    }

    fn loss<B>(images: [B, 1, 28, 28], labels: nat[B]) -> [] {
        cross_entropy(forward(images), labels)
    }

    fn probabilities<B>(images: [B, 1, 28, 28]) -> [B, 10] {
        softmax(forward(images))
    }
}

fn main() -> Result<(), Error> {
    let epochs = argument(5);
    let digits = Mnist::load(data("mnist"))?;
    let net = Perceptron::new(0);
    let mut step = net.compile_loss::<Dim<50>>(Options::default())?.into_step(AdamW::new(0.001).weight_decay(0.01))?;
    let mut read = net.compile_probabilities::<Dim<100>>(Options::default())?;

    println!("epoch    loss   test accuracy");
    for epoch in 1..=epochs {
        let (mut loss, mut steps) = (0.0, 0.0);
        for (images, labels) in digits.train.batches::<50>(epoch as u64) {
            loss += step.run((&images, &labels))?;
            steps += 1.0;
        }
        // Whole batches only; of the last one `count` are new.
        let mut right = 0;
        for (images, labels, count) in digits.test.batches_padded::<100>() {
            let guesses = read.run((&images,))?.argmax_last();
            right += guesses.iter().zip(&labels).take(count).filter(|(guess, label)| guess == label).count();
        }
        println!("{epoch:5}  {:.4}  {:12.2} %", loss / steps, 100.0 * right as f64 / digits.test.len() as f64);
    }

    let (images, labels, _) = digits.test.batches_padded::<100>().next().expect("there are digits to test");
    let probabilities = read.run((&images,))?;
    let guesses = probabilities.argmax_last();
    // The first digit, and the first that is misread.
    let misread = (0..100).find(|&index| guesses[index] != labels[index]);
    for index in [Some(0), misread].into_iter().flatten() {
        println!("\ndigit {index} of the test is a {}, read as a {}:", labels[index], guesses[index]);
        show(&digits.test.item(index), &probabilities.as_slice()[10 * index..][..10]);
    }
    Ok(())
}

/// The digit, and beside it how probable each answer is.
fn show(image: &Tensor<f32, Digit>, probabilities: &[f32]) {
    for (line, pixels) in picture(28, |row, column| image[[0, row, column]] > 0.4).iter().enumerate() {
        let answer = line.checked_sub(2).and_then(|digit| Some((digit, probabilities.get(digit)?)));
        let answer =
            answer.map(|(digit, p)| format!("{digit} {:5.1} % {}", 100.0 * p, "■".repeat((30.0 * p).round() as usize)));
        println!("{}", format!("  {pixels}  {}", answer.unwrap_or_default()).trim_end());
    }
}
