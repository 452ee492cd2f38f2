// cannot reshape `(B, 784)` to `(B, 28, 28)`
use session::prelude::*;

pub fn case<const B: usize>(s: &Session, x: TensorRef<shape![{ B }, 784]>) {
    s.reshape(x, dims![{ B }, 28, 28]);
}

fn main() {}
