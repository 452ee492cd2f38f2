// cannot concatenate `(2, 3)` with `(2, 3)` along `Axis<2>`
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3]>, b: TensorRef<shape![2, 3]>) {
    s.concat_axis(a, b, Axis::<2>);
}

fn main() {}
