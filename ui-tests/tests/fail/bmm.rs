// cannot multiply the batch of matrices `(8, 2, 3)` by the batch `(9, 3, 4)`
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![8, 2, 3]>, b: TensorRef<shape![9, 3, 4]>) {
    s.bmm(a, b);
}

fn main() {}
