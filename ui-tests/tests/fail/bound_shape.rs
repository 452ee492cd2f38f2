// `X` is not a shape
use session::prelude::*;

pub fn case<X>(s: &Session, x: TensorRef<X>) {
    let _ = s.value(x);
}

fn main() {}
