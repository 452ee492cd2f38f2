// expected `4`, found `3`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![9, 7]>) {
    let _: TensorRef<shape![4, 7]> = s.slice(x, Slice::<1, 4>);
}

fn main() {}
