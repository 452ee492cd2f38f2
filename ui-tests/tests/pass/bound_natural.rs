use session::prelude::*;

fn named<B: Natural>(s: &Session, x: TensorRef<shape![B, 64]>) {
    s.rename(x, dims![B, 64]);
}

pub fn case<B: Dimension + session::Natural>(s: &Session, x: TensorRef<shape![B, 64]>) {
    named(s, x);
}
