// cannot reshape `(8, 28, 28)` to `(9, 784)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    let _: TensorRef<shape![9, 784]> = s.reshape_as(x);
}

fn main() {}
