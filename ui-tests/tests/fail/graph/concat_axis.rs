// cannot concatenate `(2, 3, 4)` with `(2, 7, 5)` along `Axis<1>`
// as concat_axis
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3, 4], b: [2, 7, 5]) -> [2, 10, 4] {
        concat(a, b, axis = 1)
    }
}

fn main() {}
