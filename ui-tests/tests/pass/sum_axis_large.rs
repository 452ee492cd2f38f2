use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.sum_axis(x, Axis::<1>);
}
