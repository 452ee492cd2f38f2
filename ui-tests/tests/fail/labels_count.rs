// labels of shape `(32,)` do not fit logits of shape `(64, 10)`
use session::prelude::*;

pub fn case(s: &Session, logits: TensorRef<shape![64, 10]>, labels: NatVecRef<Dim<32>>) {
    s.cross_entropy(logits, labels);
}

fn main() {}
