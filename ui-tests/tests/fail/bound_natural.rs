// `B` takes no part in the arithmetic of shapes
use session::prelude::*;

fn named<B: Natural>(s: &Session, x: TensorRef<shape![B, 64]>) {
    s.rename(x, dims![B, 64]);
}

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 64]>) {
    named(s, x);
}

fn main() {}
