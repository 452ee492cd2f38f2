// cannot add `(9,)` to the element `Index<8>` of `(9, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>, v: TensorRef<shape![9]>) {
    s.scatter_add(x, v, Index::<8>);
}

fn main() {}
