// batch_norm: a scale `(8,)`, a shift `(8,)`, a mean `(3,)` and a variance `(8,)` do not fit the input `(8, 28, 28)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>, w: TensorRef<shape![8]>, mean: TensorRef<shape![3]>) {
    s.batch_norm_train(x, w, w, mean, w, 0.1);
}

fn main() {}
