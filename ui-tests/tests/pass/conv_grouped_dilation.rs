use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![4, 1, 3]>, b: TensorRef<shape![4]>, x: TensorRef<shape![4, 5]>) {
    s.conv_grouped(w, b, x, dims![1], dims![0], dims![2], Groups::<4>);
}
