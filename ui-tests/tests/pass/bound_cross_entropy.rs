use session::prelude::*;

pub fn case<X: Shape, L: Shape + session::shapes::Labels<X>>(s: &Session, x: TensorRef<X>, y: NatTensorRef<L>) {
    s.cross_entropy(x, y);
}
