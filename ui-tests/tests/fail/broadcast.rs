// cannot broadcast `(2, 3)` to `(5, 4, 3)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.broadcast_to(x, dims![5, 4, 3]);
}

fn main() {}
