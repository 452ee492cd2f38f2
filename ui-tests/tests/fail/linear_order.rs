// linear: a weight `(64, 784)` and a bias `(10, 784)` do not fit the input `(10,)`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![10, 784]>, b: TensorRef<shape![10]>, x: TensorRef<shape![64, 784]>) {
    s.linear(x, w, b);
}

fn main() {}
