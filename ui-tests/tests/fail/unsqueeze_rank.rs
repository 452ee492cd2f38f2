// cannot insert an axis into `(1, 2, 3, 4, 5, 6, 7, 8)` at `Axis<7>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![1, 2, 3, 4, 5, 6, 7, 8]>) {
    s.unsqueeze(x, Axis::<7>);
}

fn main() {}
