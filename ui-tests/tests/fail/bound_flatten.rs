// cannot flatten `(B, 28)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 28]>) {
    s.flatten(x);
}

fn main() {}
