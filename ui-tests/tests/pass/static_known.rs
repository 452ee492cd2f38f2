use session::prelude::*;

pub fn case<const N: usize>(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.at(x, Index::<8>);
}
