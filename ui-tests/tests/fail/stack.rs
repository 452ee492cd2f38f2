// expected `2`, found `3`
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![3, 3]>) {
    s.stack([a, b]);
}

fn main() {}
