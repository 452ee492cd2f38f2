// group_norm: `Groups<4>` with a scale `(C,)` and a shift `(C,)` do not fit the input `(N, C)`
use session::prelude::*;

pub fn case<N: Dimension, C: Dimension>(s: &Session, x: TensorRef<shape![N, C]>, gamma: TensorRef<shape![C]>) {
    s.group_norm(x, Groups::<4>, gamma, gamma);
}

fn main() {}
