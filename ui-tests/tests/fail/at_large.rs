// cannot take the element `(50257,)` of `(50257, 7)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![50257, 7]>) {
    s.at(x, dims![50257]);
}

fn main() {}
