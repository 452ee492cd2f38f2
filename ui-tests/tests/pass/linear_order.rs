use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![10, 784]>, b: TensorRef<shape![10]>, x: TensorRef<shape![64, 784]>) {
    s.linear(w, b, x);
}
