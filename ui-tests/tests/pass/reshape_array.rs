use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![28, 28]>) {
    s.reshape(x, dims![49, 16]);
}
