// cannot multiply `X` by `(784, 10)`
use session::prelude::*;

pub fn case<X: Shape>(s: &Session, x: TensorRef<X>, w: TensorRef<shape![784, 10]>) {
    s.matmul(x, w);
}

fn main() {}
