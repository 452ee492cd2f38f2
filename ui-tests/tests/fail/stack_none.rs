// cannot stack `0` tensors of shape `(2, 3)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.stack([x; 0]);
}

fn main() {}
