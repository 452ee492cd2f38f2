use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7, 5]>) {
    s.permute(x, dims![0, 2, 1]);
}
