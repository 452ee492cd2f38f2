// attention: `Heads<8>` with projections `(D, D)`, `(D, D)`, `(D, D)` and `(D, D)` do not fit the input `(10, D)`
use session::prelude::*;

pub fn case<D: Dimension>(s: &Session, w: TensorRef<shape![D, D]>, x: TensorRef<shape![10, D]>) {
    s.multi_head_attention(w, w, w, w, x, Heads::<8>, None);
}

fn main() {}
