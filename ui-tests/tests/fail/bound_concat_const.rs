// cannot concatenate `(B, 10)` with `(2, 10)` along axis 0
use session::prelude::*;

pub fn case<const B: usize>(s: &Session, x: TensorRef<shape![{ B }, 10]>, y: TensorRef<shape![2, 10]>) {
    s.concat(x, y);
}

fn main() {}
