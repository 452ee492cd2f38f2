// `4097` is not one of the static numbers, which end at 4096
// as static_slice
use session::prelude::*;

graph! {
    pub fn case(x: [50257, 7]) -> [4096, 7] {
        x[1..4097]
    }
}

fn main() {}
