use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<(Dim<4096>,)>) {
    s.concat(x, x);
}
