// cannot take `Slice<4, 10>` of axis 0 of `(9, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.slice(x, Slice::<4, 10>);
}

fn main() {}
