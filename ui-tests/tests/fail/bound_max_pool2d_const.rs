// cannot pool `(1, N, N)` with `Kernel<2, 2>` and `Stride<2>`
use session::prelude::*;

pub fn case<const N: usize>(s: &Session, x: TensorRef<shape![1, { N }, { N }]>) {
    s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
}

fn main() {}
