// expected `784`, found `1568`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 8, 14, 14]>) {
    let _: TensorRef<shape![64, 784]> = s.flatten_from(x, Axis::<1>);
}

fn main() {}
