// expected `785`, found `784`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![28, 28]>) {
    let _: TensorRef<shape![785]> = s.flatten(x);
}

fn main() {}
