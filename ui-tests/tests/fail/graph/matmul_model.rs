// cannot multiply `(2, 3)` by `(5, 4)`
// as matmul
use session::prelude::*;

graph! {
    pub struct Case {
        b: [5, 4] = kaiming,
    }

    pub fn forward(a: [2, 3]) -> [2, 4] {
        relu(a @ b)
    }
}

fn main() {}
