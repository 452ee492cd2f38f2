// cannot take `(50000, 50258)` of axis 0 of `(50257, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![50257, 7]>) {
    s.slice(x, dims![50000, 50258]);
}

fn main() {}
