// expected a tuple with 2 elements, found one with 3 elements
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3], b: [3, 4]) -> ([2, 3], [2, 4]) {
        (a, a @ b, b)
    }
}

fn main() {}
