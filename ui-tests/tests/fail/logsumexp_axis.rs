// cannot reduce `(64, 10)` along `Axis<2>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>) {
    s.logsumexp_axis(x, Axis::<2>);
}

fn main() {}
