use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 8, 28, 28]>, w: TensorRef<shape![8]>) {
    s.group_norm(x, Groups::<4>, w, w);
}
