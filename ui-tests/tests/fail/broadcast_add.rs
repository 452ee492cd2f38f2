// `(64, 10)` and `(64,)` do not broadcast together
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, b: TensorRef<shape![64]>) {
    s.broadcast_add(x, b);
}

fn main() {}
