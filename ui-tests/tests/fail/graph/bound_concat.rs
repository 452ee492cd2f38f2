// cannot concatenate `(B, 10)` with `(H, 10)` along axis 0
// as bound_concat
use session::prelude::*;

graph! {
    pub fn case<B, H>(x: [B, 10], y: [H, 10]) -> [] {
        sum(concat(x, y))
    }
}

fn main() {}
