use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 784]>) {
    s.unflatten(x, Axis::<1>, dims![28, 28]);
}
