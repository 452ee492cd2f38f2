// linear: a weight `(10, 784)` and a bias `(11,)` do not fit the input `(64, 784)`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![10, 784]>, b: TensorRef<shape![11]>, x: TensorRef<shape![64, 784]>) {
    s.linear(w, b, x);
}

fn main() {}
