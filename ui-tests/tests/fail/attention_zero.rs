// attention: `Heads<0>` with projections
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![256, 256]>, x: TensorRef<shape![10, 256]>) {
    s.multi_head_attention(w, w, w, w, x, Heads::<0>, None);
}

fn main() {}
