use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>, v: TensorRef<shape![7]>) {
    s.scatter_add(x, v, Index::<8>);
}
