// expected `15`, found `14`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    let _: TensorRef<shape![8, 15, 14]> = s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
}

fn main() {}
