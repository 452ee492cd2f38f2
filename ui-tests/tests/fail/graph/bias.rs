// `(64, 10)` and `(64,)` do not broadcast together
// as broadcast_add
use session::prelude::*;

graph! {
    pub fn case(x: [64, 784], w: [784, 10], b: [64]) -> [64, 10] {
        x @ w + b
    }
}

fn main() {}
