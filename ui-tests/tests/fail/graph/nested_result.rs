// cannot multiply `(B, 8)` by `(9, 8)`
use session::prelude::*;

graph! {
    pub struct Block {
        w: [8, 8] = kaiming,
    }

    pub fn forward<B>(x: [B, 8]) -> [B, 8] {
        relu(x @ w)
    }

    pub struct Case {
        block: Block,
        v: [9, 8] = kaiming,
    }

    pub fn forward<B>(x: [B, 8]) -> [B, 8] {
        block.forward(x) @ v
    }
}

fn main() {}
