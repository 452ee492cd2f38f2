use session::prelude::*;

pub fn case<D: Dimension>(s: &Session, w: TensorRef<shape![D, D]>, x: TensorRef<shape![10, D]>)
where
    session::Heads<8>: Attention<(D, D), (D, D), (D, D), (D, D), (Dim<10>, D)>,
{
    s.multi_head_attention(w, w, w, w, x, Heads::<8>, None);
}
