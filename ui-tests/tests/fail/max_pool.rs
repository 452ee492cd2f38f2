// cannot pool `(8, 28, 28)` with kernel `(3, 2)`, stride `(2, 2)` and padding `(2, 1)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    s.max_pool(x, dims![3, 2], dims![2, 2], dims![2, 1]);
}

fn main() {}
