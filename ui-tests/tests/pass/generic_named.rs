use session::prelude::*;

dim!(pub Batch = 32, pub Tokens = 128, pub Model = 256, pub Hidden = 256);

/// `Model` and `Hidden` have one size, and still no matrix of the wrong one fits.
pub fn feed_forward<B: Dimension>(
    s: &Session,
    up: TensorRef<shape![Hidden, Model]>,
    up_bias: TensorRef<shape![Hidden]>,
    down: TensorRef<shape![Model, Hidden]>,
    down_bias: TensorRef<shape![Model]>,
    x: TensorRef<shape![B, Tokens, Model]>,
) -> TensorRef<shape![B, Tokens, Model]> {
    s.add(x, s.linear(down, down_bias, s.gelu(s.linear(up, up_bias, x))))
}
