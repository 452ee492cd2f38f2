// cannot take the element `Index<3>` of `(B, 10)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 10]>) {
    s.at(x, Index::<3>);
}

fn main() {}
