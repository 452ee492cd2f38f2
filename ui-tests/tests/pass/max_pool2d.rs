use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 8, 28, 28]>) {
    s.max_pool2d(x, Kernel::<28, 2>, Stride::<2>);
}
