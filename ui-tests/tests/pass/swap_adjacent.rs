use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3, 4]>) {
    s.swap_adjacent(x, Depth::<1>);
}
