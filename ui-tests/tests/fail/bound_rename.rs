// cannot rename `(64, 512)` to `(64, H)`
use session::prelude::*;

pub fn case<H: Dimension>(s: &Session, x: TensorRef<shape![64, 512]>) {
    s.rename(x, dims![64, H]);
}

fn main() {}
