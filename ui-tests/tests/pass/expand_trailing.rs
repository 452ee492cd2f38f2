use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64]>) {
    let _: TensorRef<shape![64, 10]> = s.expand_trailing(x);
}
