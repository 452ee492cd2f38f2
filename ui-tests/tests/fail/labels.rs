// labels of shape `(10,)` do not fit logits of shape `(64, 10)`
include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, y: NatTensorRef<shape![10]>) {
    s.cross_entropy(x, y);
}

fn main() {}
