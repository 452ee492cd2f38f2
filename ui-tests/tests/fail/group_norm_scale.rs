// group_norm: `Groups<4>` with a scale `(4,)` and a shift `(8,)` do not fit the input `(64, 8)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 8]>, gamma: TensorRef<shape![4]>, beta: TensorRef<shape![8]>) {
    s.group_norm(x, Groups::<4>, gamma, beta);
}

fn main() {}
