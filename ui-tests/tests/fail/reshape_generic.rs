// cannot reshape `(3, 28, 28)` to `(4, 14, 28)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 28, 28]>, y: TensorRef<shape![3, 28, 28]>) {
    s.flatten_from(x, Axis::<1>);
    s.reshape(y, dims![4, 14, 28]);
}

fn main() {}
