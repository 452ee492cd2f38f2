// cannot convolve the input `(B, 8, 28, 28)` in `Groups<3>` with the weight `(8, 1, 3, 3)`, bias `(8,)`, `Stride<1>`, `Padding<1>` and `Dilation<1>`
use session::prelude::*;

pub fn case<B: Dimension>(
    s: &Session,
    w: TensorRef<shape![8, 1, 3, 3]>,
    b: TensorRef<shape![8]>,
    x: TensorRef<shape![B, 8, 28, 28]>,
) {
    s.conv2d_grouped(w, b, x, Stride::<1>, Padding::<1>, Dilation::<1>, Groups::<3>);
}

fn main() {}
