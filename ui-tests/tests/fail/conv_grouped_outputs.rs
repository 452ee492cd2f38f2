// cannot convolve the input `(64, 4, 28)` in `Groups<2>` with the weight `(7, 2, 3)`, bias `(7,)`, stride `(1,)`, padding `(0,)` and dilation `(1,)`
use session::prelude::*;

type O = Dim<7>;

pub fn case(s: &Session, w: TensorRef<shape![O, 2, 3]>, b: TensorRef<shape![O]>, x: TensorRef<shape![64, 4, 28]>) {
    s.conv_grouped(w, b, x, dims![1], dims![0], dims![1], Groups::<2>);
}

fn main() {}
