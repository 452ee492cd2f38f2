use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![8, 2, 3]>, b: TensorRef<shape![8, 3, 4]>) {
    s.bmm(a, b);
}
