// cannot swap the axes at `Depth<2>` of `(2, 3, 4)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3, 4]>) {
    s.swap_adjacent(x, Depth::<2>);
}

fn main() {}
