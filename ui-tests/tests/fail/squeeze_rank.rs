// cannot squeeze `Axis<2>` of `(B, 1)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 1]>) {
    s.squeeze(x, Axis::<2>);
}

fn main() {}
