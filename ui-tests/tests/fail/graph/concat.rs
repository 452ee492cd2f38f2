// cannot concatenate `(2, 3)` with `(4, 5)` along axis 0
// as concat
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3], b: [4, 5]) -> [6, 3] {
        concat(a, b)
    }
}

fn main() {}
