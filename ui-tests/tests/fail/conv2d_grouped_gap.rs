// cannot convolve the input `(8, 28, 28)` in `Groups<8>` with the weight `(8, 1, 3, 3)`, bias `(8,)`, `Stride<1>`, `Padding<1>` and `(1, 1)`
use session::prelude::*;

pub fn case(
    s: &Session,
    w: TensorRef<shape![8, 1, 3, 3]>,
    b: TensorRef<shape![8]>,
    x: TensorRef<shape![8, 28, 28]>,
    sizes: shape![1, 1],
    gap: Dilation<1>,
) {
    s.conv2d_grouped(w, b, x, Stride::<1>, Padding::<1>, sizes, Groups::<8>);
}

fn main() {}
