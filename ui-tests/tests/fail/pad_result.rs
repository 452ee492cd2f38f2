// expected `9`, found `10`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![7]>) {
    let y: TensorRef<shape![9]> = s.pad(x, Axis::<0>, dims![1, 2]);
}

fn main() {}
