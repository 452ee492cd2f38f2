// cannot pad `Axis<0>` of `(B, 7)` by `(1, 2)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 7]>) {
    s.pad(x, Axis::<0>, dims![1, 2]);
}

fn main() {}
