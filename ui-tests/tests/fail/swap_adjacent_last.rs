// cannot swap the axes at `Depth<6>` of `(2, 3)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3]>) {
    s.swap_adjacent(x, Depth::<6>);
}

fn main() {}
