// cannot pool `(8, 0, 28)` with `Kernel<2, 2>` and `Stride<2>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 0, 28]>) {
    s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
}

fn main() {}
