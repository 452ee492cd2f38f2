// cannot multiply `(2, 3)` by `(5, 4)`
// as matmul
use session::prelude::*;

graph! {
    pub fn case(x: [2, 7], w: [7, 3], b: [5, 4]) -> [2, 4] {
        relu(x @ w) @ b
    }
}

fn main() {}
