use session::prelude::*;

pub fn case(x: TensorRef<shape![4, 3]>) {
    graph!(x => relu(x));
}

fn main() {}
