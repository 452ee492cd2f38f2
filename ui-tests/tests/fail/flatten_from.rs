// cannot flatten `(64, 28, 28)` from `Axis<3>` on
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 28, 28]>) {
    s.flatten_from(x, Axis::<3>);
}

fn main() {}
