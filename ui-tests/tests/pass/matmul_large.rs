use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 50257]>, w: TensorRef<shape![50257, 768]>) {
    s.matmul(x, w);
}
