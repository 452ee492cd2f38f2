// cannot multiply `(2, 3)` by `(5, 4)`
// as matmul
use session::prelude::*;

graph! {
    pub struct Case {
        rows: [[5, 4]; 2] = kaiming,
    }

    pub fn forward(a: [2, 3]) -> [2, 4] {
        a @ self.rows[1]
    }
}

fn main() {}
