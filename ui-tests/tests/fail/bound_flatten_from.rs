// cannot flatten `(B, H, 28)` from `Axis<1>` on
use session::prelude::*;

pub fn case<B: Dimension, H: Dimension>(s: &Session, x: TensorRef<shape![B, H, 28]>) {
    s.flatten_from(x, Axis::<1>);
}

fn main() {}
