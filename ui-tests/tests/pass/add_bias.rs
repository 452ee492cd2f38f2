use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, b: TensorRef<shape![64, 10]>) {
    s.add(x, b);
}
