// cannot unflatten `Axis<1>` of `(64, 150528)` to `(3, 224, 225)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 150528]>) {
    s.unflatten(x, Axis::<1>, dims![3, 224, 225]);
}

fn main() {}
