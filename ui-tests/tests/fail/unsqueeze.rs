// cannot insert an axis into `(B, 3)` at `Axis<3>`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 3]>) {
    s.unsqueeze(x, Axis::<3>);
}

fn main() {}
