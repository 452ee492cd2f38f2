// cannot apply the transposed convolution with weight `(3, 8, 4)`, bias `(3,)`, stride `(2,)` and padding `(1,)` to the input `(3, 14)`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![3, 8, 4]>, b: TensorRef<shape![3]>, x: TensorRef<shape![3, 14]>) {
    s.conv_transpose(w, b, x, dims![2], dims![1]);
}

fn main() {}
