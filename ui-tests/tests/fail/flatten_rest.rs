// cannot flatten `(B, 28, 28)` from `Axis<0>` on
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 28, 28]>) {
    s.flatten_from(x, Axis::<0>);
}

fn main() {}
