// cannot reduce `X` along `Axis<0>`
use session::prelude::*;

pub fn case<X: Shape>(s: &Session, x: TensorRef<X>) {
    s.sum_axis(x, Axis::<0>);
}

fn main() {}
