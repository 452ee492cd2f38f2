// cannot concatenate `(B, 10)` with `(H, 10)` along axis 0
use session::prelude::*;

pub fn case<B: Dimension, H: Dimension>(s: &Session, x: TensorRef<shape![B, 10]>, y: TensorRef<shape![H, 10]>) {
    s.concat(x, y);
}

fn main() {}
