// cannot convolve the input `(64, 1, 28, 28)` with the weight `(8, 1, 33, 5)`, bias `(8,)`, `Stride<1>` and `Padding<2>`
// as conv2d_window
use session::prelude::*;

graph! {
    pub fn case(w: [8, 1, 33, 5], b: [8], x: [64, 1, 28, 28]) -> [64, 8, 28, 28] {
        conv2d(w, b, x, padding = 2)
    }
}

fn main() {}
