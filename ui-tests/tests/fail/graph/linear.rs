// linear: a weight `(10, 783)` and a bias `(10,)` do not fit the input `(64, 784)`
// as linear
use session::prelude::*;

graph! {
    pub struct Case {
        w: [10, 783] = kaiming,
        b: [10] = zeros,
    }

    pub fn forward(x: [64, 784]) -> [64, 10] {
        linear(w, b, x)
    }
}

fn main() {}
