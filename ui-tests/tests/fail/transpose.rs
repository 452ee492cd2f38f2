// cannot transpose `(2, 3, 4)`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![2, 3, 4]>) {
    s.transpose(x);
}

fn main() {}
