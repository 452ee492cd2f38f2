// cannot squeeze `Axis<0>` of `(2, 1)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 1]>) {
    s.squeeze(x, Axis::<0>);
}

fn main() {}
