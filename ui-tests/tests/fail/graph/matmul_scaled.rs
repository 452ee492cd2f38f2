// cannot multiply `(2, 3)` by `(5, 4)`
// as matmul
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3], b: [5, 4]) -> [2, 4] {
        a @ (b * 2 - 1)
    }
}

fn main() {}
