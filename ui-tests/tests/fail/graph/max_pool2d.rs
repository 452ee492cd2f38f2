// cannot pool `(64, 8, 28, 28)` with `Kernel<29, 2>` and `Stride<2>`
// as max_pool2d
use session::prelude::*;

graph! {
    pub fn case(x: [64, 8, 28, 28]) -> [64, 8, 14, 14] {
        max_pool2d(x, kernel = [29, 2], stride = 2)
    }
}

fn main() {}
