// linear: a weight `(10, 784)` and a bias `(10,)` do not fit the input `X`
use session::prelude::*;

pub fn case<X: Shape>(s: &Session, w: TensorRef<shape![10, 784]>, b: TensorRef<shape![10]>, x: TensorRef<X>) {
    s.linear(w, b, x);
}

fn main() {}
