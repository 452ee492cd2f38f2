// cannot take `Slice<4, 10>` of axis 0 of `(9, 7)`
// as slice
use session::prelude::*;

graph! {
    pub fn case(x: [9, 7]) -> [6, 7] {
        relu(x[4..10])
    }
}

fn main() {}
