// cannot concatenate `(2, 3, 4)` with `(2, 7, 5)` along `Axis<1>`
use session::prelude::*;

pub fn case(s: &Session, a: TensorRef<shape![2, 3, 4]>, b: TensorRef<shape![2, 7, 5]>) {
    s.concat_axis(a, b, Axis::<1>);
}

fn main() {}
