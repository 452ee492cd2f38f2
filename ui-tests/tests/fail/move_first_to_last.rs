// cannot reorder the axes of `(2, 3)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.move_first_to_last(x);
}

fn main() {}
