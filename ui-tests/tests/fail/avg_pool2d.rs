// cannot pool `(64, 8, 28, 28)` with `Kernel<2, 29>` and `Stride<2>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 8, 28, 28]>) {
    s.avg_pool2d(x, Kernel::<2, 29>, Stride::<2>);
}

fn main() {}
