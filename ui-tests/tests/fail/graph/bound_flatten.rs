// cannot flatten `(B, 28)`
// as bound_flatten
use session::prelude::*;

graph! {
    pub fn case<B>(x: [B, 28]) -> [] {
        sum(flatten(x))
    }
}

fn main() {}
