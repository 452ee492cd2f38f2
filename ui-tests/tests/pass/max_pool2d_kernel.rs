use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>, sizes: shape![2, 2], kernel: Kernel<2, 2>) {
    s.max_pool2d(x, kernel, Stride::<2>);
}
