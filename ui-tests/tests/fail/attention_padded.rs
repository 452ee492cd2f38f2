// attention: a padding mask `(64, 9)` does not fit the input `(64, 10, 256)`
use session::prelude::*;

pub fn case(
    s: &Session,
    w: TensorRef<shape![256, 512]>,
    o: TensorRef<shape![512, 256]>,
    x: TensorRef<shape![64, 10, 256]>,
    present: NatTensorRef<shape![64, 9]>,
) {
    s.multi_head_attention_padded(w, w, w, o, x, Heads::<8>, None, present);
}

fn main() {}
