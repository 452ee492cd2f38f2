// expected a tuple with 2 elements, found one with 1 element
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, b: TensorRef<shape![10]>) {
    s.add(x, b);
}

fn main() {}
