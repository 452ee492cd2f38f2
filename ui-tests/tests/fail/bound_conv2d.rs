// cannot convolve the input `(1, H, H)` with the weight `(8, 1, 5, 5)`, bias `(8,)`, `Stride<1>` and `Padding<2>`
use session::prelude::*;

pub fn case<H: Dimension>(
    s: &Session,
    w: TensorRef<shape![8, 1, 5, 5]>,
    b: TensorRef<shape![8]>,
    x: TensorRef<shape![1, H, H]>,
) {
    s.conv2d(w, b, x, Stride::<1>, Padding::<2>);
}

fn main() {}
