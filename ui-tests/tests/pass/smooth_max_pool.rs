use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    s.smooth_max_pool(x, dims![3, 2], dims![2, 2], dims![1, 1], 4.0);
}
