// expected `8`, found `9`
use session::prelude::*;

graph! {
    pub struct Case {
        w: [8, 8] = kaiming,
    }

    pub fn hidden<B>(x: [B, 8]) -> [B, 8] {
        relu(x @ w)
    }

    pub fn forward(x: [4, 9]) -> [4, 8] {
        hidden(x)
    }
}

fn main() {}
