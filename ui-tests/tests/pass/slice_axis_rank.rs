use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.slice_axis(x, Axis::<1>, Slice::<2, 5>);
}
