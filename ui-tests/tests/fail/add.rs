// expected `3`, found `4`
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![2, 4]>) {
    s.add(a, b);
}

fn main() {}
