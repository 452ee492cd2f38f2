// cannot multiply `(B, H)` by `(K, B)`
use session::prelude::*;

pub fn case<B: Dimension, H: Dimension, K: Dimension>(
    s: &Session,
    a: TensorRef<shape![B, H]>,
    b: TensorRef<shape![K, B]>,
) {
    s.matmul(a, b);
}

fn main() {}
