// cannot take `Slice<1, 4>` of `Axis<1>` of `(B, N)`
use session::prelude::*;

pub fn case<B: Dimension, N: Dimension>(s: &Session, x: TensorRef<shape![B, N]>) {
    s.slice_axis(x, Axis::<1>, Slice::<1, 4>);
}

fn main() {}
