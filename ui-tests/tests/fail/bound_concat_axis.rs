// cannot concatenate `(B, 1)` with `(B, N)` along `Axis<1>`
use session::prelude::*;

pub fn case<B: Dimension, N: Dimension>(s: &Session, x: TensorRef<shape![B, 1]>, y: TensorRef<shape![B, N]>) {
    s.concat_axis(x, y, Axis::<1>);
}

fn main() {}
