// rms_norm: a scale `(10,)` does not fit the input `(B, 10, 64)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 10, 64]>, gamma: TensorRef<shape![10]>) {
    s.rms_norm(x, gamma);
}

fn main() {}
