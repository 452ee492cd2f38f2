// cannot gather rows of `(1000, 64, 4)` by indices of shape `(8, 16)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![1000, 64, 4]>, i: NatTensorRef<shape![8, 16]>) {
    s.gather_rows_ref(x, i);
}

fn main() {}
