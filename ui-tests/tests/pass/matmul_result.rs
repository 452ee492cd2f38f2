use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![3, 4]>) {
    let _: TensorRef<shape![2, 4]> = s.matmul(a, b);
}
