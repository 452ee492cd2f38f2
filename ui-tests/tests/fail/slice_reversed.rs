// cannot take `Slice<5, 4>` of axis 0 of `(9, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.slice(x, Slice::<5, 4>);
}

fn main() {}
