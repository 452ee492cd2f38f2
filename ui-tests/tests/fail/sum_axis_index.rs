// cannot reduce `(2, 3)` along `Index<1>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.sum_axis(x, Index::<1>);
}

fn main() {}
