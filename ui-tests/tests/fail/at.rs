// cannot take the element `Index<9>` of `(9, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.at(x, Index::<9>);
}

fn main() {}
