// cannot broadcast `(1, 2)` to `(1, 3)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![1, 2]>) {
    s.broadcast_to(x, dims![1, 3]);
}

fn main() {}
