// cannot broadcast `(11,)` to `(64, 10)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, b: TensorRef<shape![11]>) {
    s.add(x, s.broadcast(b));
}

fn main() {}
