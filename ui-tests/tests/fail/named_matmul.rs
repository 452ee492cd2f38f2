// cannot multiply `(64, Hidden)` by `(Model, 10)`
use session::prelude::*;

dim!(pub Hidden = 256, pub Model = 256);

pub fn case(s: &Session, x: TensorRef<shape![64, Hidden]>, w: TensorRef<shape![Model, 10]>) {
    s.matmul(x, w);
}

fn main() {}
