// cannot concatenate `(2, 3)` with `(4, 5)` along axis 0
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![4, 5]>) {
    s.concat(a, b);
}

fn main() {}
