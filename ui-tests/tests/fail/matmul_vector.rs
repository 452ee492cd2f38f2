// cannot multiply `(2, 3)` by `(5,)`
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![5]>) {
    s.matmul(a, b);
}

fn main() {}
