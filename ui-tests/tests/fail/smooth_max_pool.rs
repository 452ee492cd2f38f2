// cannot pool `(8, 28, 28)` with kernel `(3, 2)`, stride `(2, 2)` and padding `(1, 2)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    s.smooth_max_pool(x, dims![3, 2], dims![2, 2], dims![1, 2], 4.0);
}

fn main() {}
