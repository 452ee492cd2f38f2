// labels of shape `L` do not fit logits of shape `X`
use session::prelude::*;

pub fn case<X: Shape, L: Shape>(s: &Session, x: TensorRef<X>, y: NatTensorRef<L>) {
    s.cross_entropy(x, y);
}

fn main() {}
