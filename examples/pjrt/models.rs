//! A block of a transformer, and a larger transformer.

#[path = "../bench/harness.rs"]
#[allow(dead_code)]
mod harness;

use session::Step;
use session::optim::Sgd;
use session::prelude::*;

use harness::{data, initial};

dim!(pub Length = 256, pub Words = 8192, pub Width = 512, pub Inner = 2048);

graph! {
    /// Attention to the positions before, then a layer for each position.
    pub struct Layer {
        scale1: [Width] = ones,
        wq: [Width, Width] = normal(0.0, 0.03),
        wk: [Width, Width] = normal(0.0, 0.03),
        wv: [Width, Width] = normal(0.0, 0.03),
        wo: [Width, Width] = normal(0.0, 0.02),
        scale2: [Width] = ones,
        up: [Width, Inner] = normal(0.0, 0.03),
        down: [Inner, Width] = normal(0.0, 0.01),
    }

    pub fn forward<B>(x: [B, Length, Width]) -> [B, Length, Width] {
        let h = rms_norm(x, scale1);
        let x = x + multi_head_attention(wq, wk, wv, wo, h, heads = 8, mask = Mask::causal());
        x + gelu_tanh(rms_norm(x, scale2) @ up) @ down
    }

    /// Six layers between words and their scores: 27 million numbers.
    pub struct Writer {
        words: [Words, Width] = normal(0.0, 0.02),
        positions: [Length, Width] = normal(0.0, 0.02),
        layers: [Layer; 6],
        scale: [Width] = ones,
        head: [Width, Words] = normal(0.0, 0.02),
    }

    pub fn loss<B>(text: nat[B, Length], next: nat[B, Length]) -> [] {
        let mut h = embedding(words, text) + positions;
        for layer in layers {
            h = layer.forward(h);
        }
        cross_entropy(rms_norm(h, scale) @ head, next)
    }
}

/// The workload W4b8 of the benchmark: attention of 8 heads with biases and a feed-forward part, for 8 sequences of 128
/// positions of width 256, by gradient descent. The loss of its tenth step is 1.3309 there.
pub fn block() -> Result<Step<f32, Sgd>, Error> {
    type X = shape![8, 128, 256];
    fn layer<W: Shape, B: Shape>(s: &Session<f32>, number: u32) -> Result<(TensorRef<W>, TensorRef<B>), Error> {
        let inputs = W::DIMS[1..].iter().product();
        let weight = Param::new(initial::<W>(10 * number + 1, inputs)).named(format!("w{number}"));
        let bias = Param::new(initial::<B>(10 * number + 2, inputs)).named(format!("b{number}"));
        Ok((s.use_param(&weight)?, s.use_param(&bias)?))
    }
    let s = Session::<f32>::new(Options::default());
    let square = |number| layer::<shape![256, 256], shape![256]>(&s, number);
    let [q, k, v, o] = [square(1)?, square(2)?, square(3)?, square(4)?];
    let (w1, b1) = layer::<shape![1024, 256], shape![1024]>(&s, 5)?;
    let (w2, b2) = layer::<shape![256, 1024], shape![256]>(&s, 6)?;
    let norm = |name: &str, value: f32| {
        s.use_param(&Param::new(Tensor::<f32, shape![256]>::from_fn(|_| value)).named(name.to_owned()))
    };
    let [g1, h1, g2, h2] = [norm("g1", 1.0)?, norm("h1", 0.0)?, norm("g2", 1.0)?, norm("h2", 0.0)?];
    let (x, y) = (s.input_named("x", data::<X>(1001))?, s.input_named("y", data::<X>(1002))?);
    let heads = |(w, b)| {
        let split = s.reshape(s.linear(w, b, x), dims![8, 128, 8, 32]);
        s.reshape(s.permute(split, dims![0, 2, 1, 3]), dims![64, 128, 32])
    };
    let scores = s.bmm(heads(q), s.swap_last_two(heads(k)));
    let weights = s.softmax(s.scale(scores, 1.0 / 32.0_f64.sqrt()));
    let split = s.reshape(s.bmm(weights, heads(v)), dims![8, 8, 128, 32]);
    let joined = s.reshape(s.permute(split, dims![0, 2, 1, 3]), dims![8, 128, 256]);
    let h = s.layer_norm_eps(s.add(x, s.linear(o.0, o.1, joined)), g1, h1, 1e-5);
    let z = s.linear(w2, b2, s.relu(s.linear(w1, b1, h)));
    s.compile_step(s.mse_loss(s.layer_norm_eps(s.add(h, z), g2, h2, 1e-5), y), Sgd::new(0.01))
}
