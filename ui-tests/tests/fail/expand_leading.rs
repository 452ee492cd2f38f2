// cannot expand `(1,)` to `(B, 10)` by leading axes
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![1]>) {
    let _: TensorRef<shape![B, 10]> = s.expand_leading(x);
}

fn main() {}
