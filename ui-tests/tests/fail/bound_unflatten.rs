// cannot unflatten `Axis<1>` of `(B, 512)` to `(H, 8)`
use session::prelude::*;

pub fn case<B: Dimension, H: Dimension>(s: &Session, x: TensorRef<shape![B, 512]>) {
    s.unflatten(x, Axis::<1>, dims![H, 8]);
}

fn main() {}
