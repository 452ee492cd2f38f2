// cannot broadcast `(1, 10)` to `(B, 10)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![1, 10]>) {
    s.broadcast_to(x, dims![B, 10]);
}

fn main() {}
