// cannot multiply `(2, 3)` by `(5, 4)`
// as matmul
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![5, 4]>) {
    graph!(s => relu(a @ b) * 2);
}

fn main() {}
