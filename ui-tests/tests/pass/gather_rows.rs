use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![1000, 64]>, i: NatTensorRef<shape![8, 16]>) {
    s.gather_rows_ref(x, i);
}
