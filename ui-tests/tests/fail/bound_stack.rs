// cannot stack `2` tensors of shape `X`
use session::prelude::*;

pub fn case<X>(s: &Session, x: TensorRef<X>) {
    s.stack([x, x]);
}

fn main() {}
