// cannot stack `2` tensors of shape `(1, 2, 3, 4, 5, 6, 7, 8)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![1, 2, 3, 4, 5, 6, 7, 8]>) {
    s.stack([x, x]);
}

fn main() {}
