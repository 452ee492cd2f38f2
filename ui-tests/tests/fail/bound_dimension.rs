// `B` is not a dimension
use session::prelude::*;

fn rows<B: Dimension>(_: TensorRef<shape![B, 10]>) -> usize {
    B::SIZE
}

pub fn case<B>(x: TensorRef<shape![B, 10]>) {
    rows(x);
}

fn main() {}
