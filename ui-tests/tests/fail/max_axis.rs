// cannot reduce `(2, 3)` along `Axis<2>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.max_axis(x, Axis::<2>);
}

fn main() {}
