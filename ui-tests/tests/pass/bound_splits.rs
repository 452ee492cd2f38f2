use session::prelude::*;

fn block<D: Dimension>(s: &Session, w: TensorRef<shape![D, D]>, x: TensorRef<shape![10, D]>) -> TensorRef<shape![10, D]>
where
    Heads<8>: Splits<D>,
{
    s.multi_head_attention(w, w, w, w, x, Heads::<8>, None)
}

pub fn case<D: Dimension>(s: &Session, w: TensorRef<shape![D, D]>, x: TensorRef<shape![10, D]>)
where
    session::Heads<8>: session::shapes::Splits<D>,
{
    block(s, w, x);
}
