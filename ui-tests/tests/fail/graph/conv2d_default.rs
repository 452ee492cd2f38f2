// cannot convolve the input `(64, 1, 28, 28)` with the weight `(8, 3, 5, 5)`, bias `(8,)`, `Stride<1>` and `Padding<0>`
use session::prelude::*;

graph! {
    pub fn case(w: [8, 3, 5, 5], b: [8], x: [64, 1, 28, 28]) -> [64, 8, 24, 24] {
        conv2d(w, b, x)
    }
}

fn main() {}
