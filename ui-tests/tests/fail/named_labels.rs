// labels of shape `(Rows,)` do not fit logits of shape `(Batch, 10)`
use session::prelude::*;

dim!(pub Batch = 64, pub Rows = 64);

pub fn case(s: &Session, x: TensorRef<shape![Batch, 10]>, labels: NatVecRef<Rows>) {
    s.cross_entropy(x, labels);
}

fn main() {}
