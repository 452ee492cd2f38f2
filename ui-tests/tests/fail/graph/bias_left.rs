// `(64,)` and `(64, 10)` do not broadcast together
use session::prelude::*;

graph! {
    pub fn case(x: [64, 784], w: [784, 10], b: [64]) -> [64, 10] {
        b + x @ w
    }
}

fn main() {}
