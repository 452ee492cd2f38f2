// cannot broadcast `(3,)` to `[{integer}; 2]`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![3]>) {
    s.broadcast_to(x, [2, 3]);
}

fn main() {}
