//! 9: a transformer. It reads a play of Shakespeare's character by character, learns which comes next, and then
//! writes some lines of its own: `cargo run --release --example 09-transformer -- STEPS`.
//!
//! Three blocks of causal attention and a small network for each position, on windows of 64 characters. To write, it
//! is given the last characters at the start of a window; what stands behind them does not matter, since no position
//! sees a later one.

use std::collections::BTreeSet;

use session::optim::schedule::{Cosine, WarmUp};
use session::optim::{AdamW, Clipped};
use session::prelude::*;
use session::random::Rng;
use session_examples::{argument, data};

// Names say what an axis is, here and in messages of the compiler.
dim!(pub Length = 64, pub Letters = 64, pub Width = 96, pub Inner = 384);

graph! {
    /// Looks at the positions before, then thinks about each by itself.
    pub struct Block {
        scale1: [Width] = ones,
        wq: [Width, Width] = normal(0.0, 0.06),
        wk: [Width, Width] = normal(0.0, 0.06),
        wv: [Width, Width] = normal(0.0, 0.06),
        wo: [Width, Width] = normal(0.0, 0.03),
        scale2: [Width] = ones,
        up: [Width, Inner] = normal(0.0, 0.06),
        down: [Inner, Width] = normal(0.0, 0.02),
    }

    fn forward<B>(x: [B, Length, Width]) -> [B, Length, Width] {
        let h = rms_norm(x, scale1);
        let x = x + multi_head_attention(wq, wk, wv, wo, h, heads = 4, mask = Mask::causal());
        x + gelu_tanh(rms_norm(x, scale2) @ up) @ down
    }

    /// Reads a window of letters; at each position it knows the letters so far.
    pub struct Writer {
        letters: [Letters, Width] = normal(0.0, 0.3),
        positions: [Length, Width] = normal(0.0, 0.1),
        blocks: [Block; 3],
        scale: [Width] = ones,
        head: [Width, Letters] = normal(0.0, 0.06),
    }

    pub(crate) fn forward<B>(text: nat[B, Length]) -> [B, Length, Letters] {
        let mut h = embedding(letters, text) + positions;
        for block in blocks {
            h = block.forward(h);
        }
        rms_norm(h, scale) @ head
    }

    /// How surprised it is by the next letters.
    pub fn loss<B>(text: nat[B, Length], next: nat[B, Length]) -> [] {
        cross_entropy(forward(text), next)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let steps = argument(700);
    let play = std::fs::read_to_string(data("as-you-like-it/as-you-like-it.txt"))?;
    let letters: Vec<char> = play.chars().collect::<BTreeSet<_>>().into_iter().collect();
    let number = |letter| letters.binary_search(&letter).expect("a letter of the play");
    let text: Vec<usize> = play.chars().map(number).collect();

    let (net, mut rng) = (Writer::new(0), Rng::new(1));
    println!("{} characters, {} different; {} parameters", text.len(), letters.len(), net.num_parameters());
    let optimizer = Clipped::new(AdamW::new(0.0).betas(0.9, 0.98).weight_decay(0.05), 1.0);
    let mut step = net.compile_loss::<Dim<32>>(Options::default())?.into_step(optimizer)?;
    let schedule = WarmUp { steps: 50, then: Cosine { rate: 4e-3, floor: 1e-4, steps } };
    let (mut mean, every) = (0.0, (steps / 10).max(1));
    for count in 1..=steps {
        let starts: Vec<usize> = (0..32).map(|_| rng.below(text.len() - Length::SIZE)).collect();
        let [window, next] =
            [0, 1].map(|by| starts.iter().flat_map(|at| &text[at + by..][..Length::SIZE]).copied().collect::<Vec<_>>());
        step.optimizer().follow(&schedule);
        mean += step.run((&window, &next))? / every as f32;
        if count % every == 0 {
            println!("step {count:4}  loss {mean:.3}");
            mean = 0.0;
        }
    }

    let mut read = net.compile_forward::<Dim<1>>(Options::default())?;
    let mut written: Vec<usize> = "ROSALIND:\n".chars().map(number).collect();
    for _ in 0..500 {
        let mut window = written[written.len().saturating_sub(Length::SIZE)..].to_vec();
        let last = window.len() - 1;
        window.resize(Length::SIZE, 0);
        let scores = read.run((&window,))?;
        // The largest of scores with Gumbel's noise is a draw from their softmax; 0.7 is the temperature.
        let noisy = scores.map(|score| score / 0.7 - (-rng.uniform::<f32>().ln()).ln());
        written.push(noisy.argmax_last()[last]);
    }
    println!("\n{}", written.iter().map(|&letter| letters[letter]).collect::<String>());
    Ok(())
}
