// expected `TensorRef<(64, 10)>`, found `TensorRef<(10,)>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, b: TensorRef<shape![10]>) {
    s.add(x, b);
}

fn main() {}
