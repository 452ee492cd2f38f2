use session::prelude::*;

pub fn case(
    s: &Session,
    w: TensorRef<shape![256, 512]>,
    o: TensorRef<shape![512, 256]>,
    x: TensorRef<shape![10, 256]>,
) {
    s.multi_head_attention(w, w, w, o, x, Heads::<8>, None);
}
