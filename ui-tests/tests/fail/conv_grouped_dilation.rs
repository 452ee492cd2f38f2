// cannot convolve the input `(4, 5)` in `Groups<4>` with the weight `(4, 1, 3)`, bias `(4,)`, stride `(1,)`, padding `(0,)` and dilation `(3,)`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![4, 1, 3]>, b: TensorRef<shape![4]>, x: TensorRef<shape![4, 5]>) {
    s.conv_grouped(w, b, x, dims![1], dims![0], dims![3], Groups::<4>);
}

fn main() {}
