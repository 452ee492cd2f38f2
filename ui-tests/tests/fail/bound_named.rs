// `D` is not a named dimension
use session::prelude::*;

fn named<D: Named>(s: &Session, x: TensorRef<shape![D]>) -> TensorRef<shape![D]> {
    s.relu(x)
}

pub fn case<D: Dimension>(s: &Session, x: TensorRef<shape![D]>) {
    named(s, x);
}

fn main() {}
