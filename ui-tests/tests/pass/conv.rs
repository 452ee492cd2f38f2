use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![8, 3, 5]>, b: TensorRef<shape![8]>, x: TensorRef<shape![3, 28]>) {
    s.conv(w, b, x, dims![2], dims![1]);
}
