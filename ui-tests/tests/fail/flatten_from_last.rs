// cannot flatten `(2, 3)` from `Axis<7>` on
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.flatten_from(x, Axis::<7>);
}

fn main() {}
