// cannot convolve the input `(4, 28)` in `Groups<2>` with the weight `(8, 1, 3)`, bias `(8,)`, stride `(1,)`, padding `(2,)` and dilation `(2,)`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![8, 1, 3]>, b: TensorRef<shape![8]>, x: TensorRef<shape![4, 28]>) {
    s.conv_grouped(w, b, x, dims![1], dims![2], dims![2], Groups::<2>);
}

fn main() {}
