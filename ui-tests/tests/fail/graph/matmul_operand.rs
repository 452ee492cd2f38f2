// cannot multiply `(2, 3)` by `(5, 4)`
// as matmul
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3], v: [5, 6], w: [6, 4]) -> [2, 4] {
        a @ (v @ w)
    }
}

fn main() {}
