// cannot take `Slice<1, 4>` of axis 0 of `(B, 10)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 10]>) {
    s.slice(x, Slice::<1, 4>);
}

fn main() {}
