// cannot stack `2` tensors of shape `X`
use session::prelude::*;

pub fn case<X: Shape>(s: &Session, x: TensorRef<X>) {
    s.stack([x, x]);
}

fn main() {}
