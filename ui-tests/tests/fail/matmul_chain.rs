// cannot multiply `(B, 10)` by `(11, 5)`
use session::prelude::*;

pub fn case<B: Dimension, H: Dimension>(
    s: &Session,
    x: TensorRef<shape![B, 784]>,
    w: TensorRef<shape![784, H]>,
    v: TensorRef<shape![H, 10]>,
    u: TensorRef<shape![11, 5]>,
) {
    s.matmul(s.relu(s.matmul(s.matmul(x, w), v)), u);
}

fn main() {}
