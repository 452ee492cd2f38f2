// cannot pool `(8, 28, 28)` with `Kernel<0, 2>` and `Stride<2>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    s.max_pool2d(x, Kernel::<0, 2>, Stride::<2>);
}

fn main() {}
