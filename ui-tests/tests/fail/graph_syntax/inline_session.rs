use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![4, 3]>) {
    graph!(=> relu(x));
}

fn main() {}
