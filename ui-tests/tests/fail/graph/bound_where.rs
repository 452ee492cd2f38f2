// cannot flatten `(H, 28)`
use session::prelude::*;

graph! {
    pub fn case<B, H>(x: [B, 28], y: [H, 28]) -> [] where (B, Dim<28>): session::shapes::Flatten {
        sum(flatten(x)) + sum(flatten(y))
    }
}

fn main() {}
