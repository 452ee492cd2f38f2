use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>, w: TensorRef<shape![8]>, variance: TensorRef<shape![8]>) {
    s.batch_norm_eval(x, w, w, w, variance);
}
