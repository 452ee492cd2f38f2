// cannot convolve the input `(8,)` with the weight `(1, 28, 28)`, bias `(8, 1, 5, 5)`, `Stride<1>` and `Padding<2>`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![8, 1, 5, 5]>, b: TensorRef<shape![8]>, x: TensorRef<shape![1, 28, 28]>) {
    s.conv2d(x, w, b, Stride::<1>, Padding::<2>);
}

fn main() {}
