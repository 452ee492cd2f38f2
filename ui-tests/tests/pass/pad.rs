use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 7]>) {
    s.pad(x, Axis::<1>, dims![1, 2]);
}
