// cannot expand `(10,)` to `(64, 10)` by trailing axes
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![10]>) {
    let _: TensorRef<shape![64, 10]> = s.expand_trailing(x);
}

fn main() {}
