// cannot reshape `(28, 28)` to `[{integer}; 2]`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![28, 28]>) {
    s.reshape(x, [49, 16]);
}

fn main() {}
