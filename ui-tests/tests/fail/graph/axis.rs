// cannot reduce `(2, 3)` along `Axis<2>`
// as sum_axis
use session::prelude::*;

graph! {
    pub fn case(x: [2, 3]) -> [2] {
        x.sum(axis = 2)
    }
}

fn main() {}
