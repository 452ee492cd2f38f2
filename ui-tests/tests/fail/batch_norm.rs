// batch_norm: a scale `(3,)` and a shift `(8,)` do not fit the input `(B, 8, 28, 28)`
use session::prelude::*;

pub fn case<B: Dimension>(
    s: &Session,
    x: TensorRef<shape![B, 8, 28, 28]>,
    gamma: TensorRef<shape![3]>,
    beta: TensorRef<shape![8]>,
) {
    s.batch_norm(x, gamma, beta);
}

fn main() {}
