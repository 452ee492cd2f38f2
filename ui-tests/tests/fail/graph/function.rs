// expected `8`, found `9`
use session::prelude::*;

graph! {
    pub fn layer<B>(x: [B, 8], w: [8, 8]) -> [B, 8] {
        relu(x @ w)
    }

    pub fn case(x: [4, 8], w: [9, 8]) -> [4, 8] {
        layer(x, w)
    }
}

fn main() {}
