// cannot convolve the input `(4, 28)` with the weight `(8, 3, 5)`, bias `(8,)`, stride `(2,)` and padding `(1,)`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![8, 3, 5]>, b: TensorRef<shape![8]>, x: TensorRef<shape![4, 28]>) {
    s.conv(w, b, x, dims![2], dims![1]);
}

fn main() {}
