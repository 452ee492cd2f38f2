// expected `5`, found `4`
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![3, 4]>) {
    let _: TensorRef<shape![2, 5]> = s.matmul(a, b);
}

fn main() {}
