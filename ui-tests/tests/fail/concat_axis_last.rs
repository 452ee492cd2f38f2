// cannot concatenate `(2, 3)` with `(2, 3)` along `Axis<7>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.concat_axis(x, x, Axis::<7>);
}

fn main() {}
