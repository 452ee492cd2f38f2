//! The network: LeNet with fewer channels.

use session::prelude::*;

graph! {
    /// Two convolutions and a linear layer, 7,434 numbers, which start as PyTorch's `Conv2d` and `Linear` do.
    pub struct LeNet {
        c1: [8, 1, 5, 5] = kaiming_uniform(5.0_f64.sqrt()),
        c1_bias: [8] = bias_uniform(25),
        c2: [16, 8, 5, 5] = kaiming_uniform(5.0_f64.sqrt()),
        c2_bias: [16] = bias_uniform(200),
        out: [10, 400] = kaiming_uniform(5.0_f64.sqrt()),
        out_bias: [10] = bias_uniform(400),
    }

    /// The score of every digit, for a batch of any size.
    pub fn forward<B>(x: [B, 1, 28, 28]) -> [B, 10] {
        let h = relu(conv2d(c1, c1_bias, x, stride = 1, padding = 2));
        let h = max_pool2d(h, kernel = 2, stride = 2);
        let h = relu(conv2d(c2, c2_bias, h, stride = 1, padding = 0));
        let h = max_pool2d(h, kernel = 2, stride = 2);
        linear(out, out_bias, flatten(h, start = 1))
    }

    /// How far the scores are from the labels, and the scores.
    pub fn loss<B>(x: [B, 1, 28, 28], labels: nat[B]) -> ([], [B, 10]) {
        let logits = forward(x);
        (cross_entropy(logits, labels), logits)
    }
}
