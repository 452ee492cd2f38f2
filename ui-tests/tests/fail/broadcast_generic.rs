// cannot broadcast `(11,)` to `(B, 10)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![11]>) {
    let _: TensorRef<shape![B, 10]> = s.broadcast(x);
}

fn main() {}
