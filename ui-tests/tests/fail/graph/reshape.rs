// cannot reshape `(28, 28)` to `(49, 17)`
// as reshape
use session::prelude::*;

graph! {
    pub fn case(x: [28, 28]) -> [49, 17] {
        reshape(x, [49, 17])
    }
}

fn main() {}
