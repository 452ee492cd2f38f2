// labels of shape `(10,)` do not fit logits of shape `(64, 10)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, y: NatTensorRef<shape![10]>) {
    s.nll_loss(x, y);
}

fn main() {}
