// expected `28`, found `42`
use session::prelude::*;

graph! {
    pub fn case(w: [8, 1, 5, 5], b: [8], x: [64, 1, 28, 28]) -> [64, 8, 28, 28] {
        conv2d(w, b, x, stride = 1, padding = 9)
    }
}

fn main() {}
