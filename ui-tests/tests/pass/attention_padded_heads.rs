use session::prelude::*;

pub fn case<B: Dimension>(
    s: &Session,
    w: TensorRef<shape![256, 512]>,
    o: TensorRef<shape![512, 256]>,
    x: TensorRef<shape![B, 10, 256]>,
    present: NatTensorRef<shape![B, 10]>,
) {
    s.multi_head_attention_padded(w, w, w, o, x, Heads::<8>, Some(Mask::causal()), present);
}
