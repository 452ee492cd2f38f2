// expected `TensorRef<(Batch, 784)>`, found `TensorRef<(Hidden, 784)>`
use session::prelude::*;

dim!(pub Batch = 64, pub Hidden = 64);

pub fn case(s: &Session, x: TensorRef<shape![Batch, 784]>, y: TensorRef<shape![Hidden, 784]>) {
    s.add(x, y);
}

fn main() {}
