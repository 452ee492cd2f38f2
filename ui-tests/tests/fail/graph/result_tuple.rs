// expected `5`, found `4`
// as matmul_result
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3], b: [3, 4]) -> ([2, 3], [2, 5]) {
        (a, a @ b)
    }
}

fn main() {}
