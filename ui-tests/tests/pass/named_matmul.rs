use session::prelude::*;

dim!(pub Hidden = 256, pub Model = 256);

pub fn case(s: &Session, x: TensorRef<shape![64, Hidden]>, w: TensorRef<shape![Hidden, 10]>) {
    s.matmul(x, w);
}
