use session::prelude::*;

pub fn case(
    s: &Session,
    w: TensorRef<shape![256, 512]>,
    o: TensorRef<shape![512, 256]>,
    x: TensorRef<shape![64, 10, 256]>,
    mask: Mask<Dim<10>>,
) {
    s.multi_head_attention(w, w, w, o, x, Heads::<8>, Some(mask));
}
