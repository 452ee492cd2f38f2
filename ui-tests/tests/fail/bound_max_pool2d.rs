// cannot pool `(8, H, H)` with `Kernel<2, 2>` and `Stride<2>`
use session::prelude::*;

pub fn case<H: Dimension>(s: &Session, x: TensorRef<shape![8, H, H]>) {
    s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
}

fn main() {}
