// `(64, 10)` has no `Axis<2>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>) {
    s.log_softmax_axis(x, Axis::<2>);
}

fn main() {}
