// cannot rename `(B, 513)` to `(B, Hidden)`
use session::prelude::*;

dim!(pub Hidden = 512);

pub fn case<B: Natural>(s: &Session, x: TensorRef<shape![B, 513]>) {
    s.rename(x, dims![B, Hidden]);
}

fn main() {}
