use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![50257, 7]>) {
    s.at(x, Index::<4096>);
}
