// attention: `Heads<8>` with projections `(256, 512)`, `(256, 512)`, `(256, 512)` and `(512, 256)` do not fit the input `(64, 10, 25)`
use session::prelude::*;

pub fn case(
    s: &Session,
    w: TensorRef<shape![256, 512]>,
    o: TensorRef<shape![512, 256]>,
    x: TensorRef<shape![64, 10, 25]>,
) {
    s.multi_head_attention(w, w, w, o, x, Heads::<8>, None);
}

fn main() {}
