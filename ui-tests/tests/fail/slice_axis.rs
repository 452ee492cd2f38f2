// cannot take `Slice<2, 8>` of `Axis<1>` of `(9, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.slice_axis(x, Axis::<1>, Slice::<2, 8>);
}

fn main() {}
