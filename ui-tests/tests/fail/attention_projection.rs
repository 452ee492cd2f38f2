// attention: `Heads<8>` with projections `(256, 512)`, `(256, 512)`, `(256, 512)` and `(512, 255)` do not fit the input `(10, 256)`
use session::prelude::*;

pub fn case(
    s: &Session,
    w: TensorRef<shape![256, 512]>,
    o: TensorRef<shape![512, 255]>,
    x: TensorRef<shape![10, 256]>,
) {
    s.multi_head_attention(w, w, w, o, x, Heads::<8>, None);
}

fn main() {}
