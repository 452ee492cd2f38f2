// cannot pool `(8, 0)` with kernel `(2,)`, stride `(1,)` and padding `(1,)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 0]>) {
    s.max_pool(x, dims![2], dims![1], dims![1]);
}

fn main() {}
