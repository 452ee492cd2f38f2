// `X` has no `Axis<0>`
use session::prelude::*;

pub fn case<X: Shape>(s: &Session, x: TensorRef<X>) {
    s.softmax_axis(x, Axis::<0>);
}

fn main() {}
