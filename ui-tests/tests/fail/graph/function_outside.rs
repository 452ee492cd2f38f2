// expected `8`, found `9`
use session::prelude::*;

graph! {
    pub fn layer<B>(x: [B, 8], w: [8, 8]) -> [B, 8] {
        relu(x @ w)
    }
}

pub fn case(s: &Session, x: TensorRef<shape![4, 9]>, w: TensorRef<shape![8, 8]>) {
    layer(s, x, w);
}

fn main() {}
