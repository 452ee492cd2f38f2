// cannot take the element `Index<9>` of `(9, 7)`
// as at
use session::prelude::*;

graph! {
    pub fn case(x: [9, 7]) -> [7] {
        x[9]
    }
}

fn main() {}
