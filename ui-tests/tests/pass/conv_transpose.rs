use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![3, 8, 4]>, b: TensorRef<shape![8]>, x: TensorRef<shape![3, 14]>) {
    s.conv_transpose(w, b, x, dims![2], dims![1]);
}
