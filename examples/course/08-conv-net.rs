//! 8: a convolutional network. Models stand in models, alone and in arrays; parameters have dotted names, under which
//! they are written to a file. Sizes after convolutions and pools are computed by the compiler.
//!
//! A small residual network learns the digits of chapter 7: `cargo run --release --example 08-conv-net -- STEPS`.

use session::data::Mnist;
use session::optim::Sgd;
use session::optim::schedule::OneCycle;
use session::prelude::*;
use session_examples::{argument, data, picture};

graph! {
    /// Two convolutions beside a way straight through.
    struct Residual<C> {
        w1: [C, C, 3, 3] = kaiming,
        b1: [C] = zeros,
        w2: [C, C, 3, 3] = normal(0.0, 0.02),
        b2: [C] = zeros,
    }

    fn forward<B>(x: [B, C, 14, 14]) -> [B, C, 14, 14] {
        let h = relu(conv2d(w1, b1, x, padding = 1));
        relu(x + conv2d(w2, b2, h, padding = 1))
    }

    struct ConvNet {
        stem: [8, 1, 5, 5] = kaiming,
        stem_bias: [8] = zeros,
        blocks: [Residual<Dim<8>>; 2],
        out: [10, 392] = kaiming_uniform(5.0_f64.sqrt()),
        out_bias: [10] = zeros,
    }

    fn features<B>(images: [B, 1, 28, 28]) -> [B, 8, 14, 14] {
        relu(conv2d(stem, stem_bias, images, stride = 2, padding = 2))
    }

    fn forward<B>(images: [B, 1, 28, 28]) -> [B, 10] {
        let mut h = features(images);
        for block in blocks {
            h = block.forward(h);
        }
        let h = max_pool2d(h, kernel = 2, stride = 2);
        linear(out, out_bias, flatten(h, start = 1))
    }

    fn loss<B>(images: [B, 1, 28, 28], labels: nat[B]) -> [] {
        cross_entropy(forward(images), labels)
    }
}

fn main() -> Result<(), Error> {
    let steps = argument(560);
    let (digits, net) = (Mnist::load(data("mnist"))?, ConvNet::new(0));
    println!("{}\n", net.summary());

    let mut step = net.compile_loss::<Dim<50>>(Options::default())?.into_step(Sgd::new(0.1).momentum(0.9))?;
    let (cycle, every, mut mean) = (OneCycle::new(0.1, steps), (steps / 8).max(1), 0.0);
    // Epoch after epoch, each in another order.
    let batches = (0..).flat_map(|epoch| digits.train.batches::<50>(epoch));
    for (count, (images, labels)) in (1..=steps).zip(batches) {
        step.optimizer().follow(&cycle);
        mean += step.run((&images, &labels))? / every as f32;
        if count % every == 0 {
            println!("step {count:4}  loss {mean:.4}");
            mean = 0.0;
        }
    }
    println!("test accuracy: {:.2} %", 100.0 * accuracy(&net, &digits)?);

    let image = Tensor::<f32, shape![1, 1, 28, 28]>::from_slice(digits.test.item(2).as_slice())?;
    let seen = net.compile_features::<Dim<1>>(Options::default())?.run((&image,))?;
    println!("\na digit, and what two channels of the first layer find in it:");
    let digit = picture(28, |row, column| image[[0, 0, row, column]] > 0.4);
    let strongest = seen.as_slice().iter().fold(0.0_f32, |a, &b| a.max(b));
    let shade = |strength: f32| [' ', '░', '▒', '▓', '█'][(4.0 * strength / strongest).round() as usize];
    for (row, pixels) in digit.iter().enumerate() {
        let shades =
            [1, 5].map(|channel| (0..28).map(|column| shade(seen[[0, channel, row, column / 2]])).collect::<String>());
        println!("{}", format!("{pixels}{}", shades.concat()).trim_end());
    }

    let path = std::env::temp_dir().join(format!("conv-net-{}.safetensors", std::process::id()));
    net.save_safetensors(&path)?;
    let other = ConvNet::new(1);
    other.load_safetensors(&path)?;
    println!("\nwritten to a file, and read by another model: {:.2} %", 100.0 * accuracy(&other, &digits)?);
    std::fs::remove_file(&path).map_err(|source| Error::Io { path, source })
}

/// The share of the 2,000 test digits that are read right.
fn accuracy(net: &ConvNet, digits: &Mnist) -> Result<f64, Error> {
    let mut read = net.compile_forward::<Dim<100>>(Options::default())?;
    let shares = digits.test.batches_padded::<100>().map(|(images, labels, _)| read.run((&images,))?.accuracy(&labels));
    Ok(shares.sum::<Result<f64, Error>>()? / 20.0)
}
