// cannot pool `(64, 8, 28, 28)` with `Kernel<29, 2>` and `Stride<2>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 8, 28, 28]>) {
    s.max_pool2d(x, Kernel::<29, 2>, Stride::<2>);
}

fn main() {}
