//! The network of `examples/course/09-transformer.rs`, which is a program and no library.

use session::prelude::*;

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

    pub fn forward<B>(x: [B, Length, Width]) -> [B, Length, Width] {
        let h = rms_norm(x, scale1);
        let x = x + multi_head_attention(wq, wk, wv, wo, h, heads = 4, mask = Mask::causal());
        x + gelu_tanh(rms_norm(x, scale2) @ up) @ down
    }

    pub struct Writer {
        letters: [Letters, Width] = normal(0.0, 0.3),
        positions: [Length, Width] = normal(0.0, 0.1),
        blocks: [Block; 3],
        scale: [Width] = ones,
        head: [Width, Letters] = normal(0.0, 0.06),
    }

    pub fn forward<B>(text: nat[B, Length]) -> [B, Length, Letters] {
        let mut h = embedding(letters, text) + positions;
        for block in blocks {
            h = block.forward(h);
        }
        rms_norm(h, scale) @ head
    }

    pub fn loss<B>(text: nat[B, Length], next: nat[B, Length]) -> [] {
        cross_entropy(forward(text), next)
    }
}
