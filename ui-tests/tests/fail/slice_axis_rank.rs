// cannot take `Slice<2, 5>` of `Axis<2>` of `(9, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.slice_axis(x, Axis::<2>, Slice::<2, 5>);
}

fn main() {}
