// linear: a weight `(10, 783)` and a bias `(10,)` do not fit the input `(64, 784)`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![10, 783]>, b: TensorRef<shape![10]>, x: TensorRef<shape![64, 784]>) {
    s.linear(w, b, x);
}

fn main() {}
