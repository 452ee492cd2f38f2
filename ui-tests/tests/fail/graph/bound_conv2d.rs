// cannot convolve the input `(1, H, H)` with the weight `(8, 1, 5, 5)`, bias `(8,)`, `Stride<1>` and `Padding<2>`
// as bound_conv2d
use session::prelude::*;

graph! {
    pub fn case<H>(w: [8, 1, 5, 5], b: [8], x: [1, H, H]) -> [] {
        let y = conv2d(w, b, x, padding = 2);
        sum(relu(y))
    }
}

fn main() {}
