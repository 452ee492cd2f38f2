use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 150528]>) {
    s.unflatten(x, Axis::<1>, dims![3, 224, 224]);
}
