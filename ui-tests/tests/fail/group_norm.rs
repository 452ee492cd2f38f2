// group_norm: `Groups<3>` with a scale `(8,)` and a shift `(8,)` do not fit the input `(B, 8, 28, 28)`
use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 8, 28, 28]>, w: TensorRef<shape![8]>) {
    s.group_norm(x, Groups::<3>, w, w);
}

fn main() {}
