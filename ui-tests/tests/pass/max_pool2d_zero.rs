use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
}
