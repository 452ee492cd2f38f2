// `Heads<8>` do not split an axis of size `D` into equal parts
use session::prelude::*;

fn block<D: Dimension>(s: &Session, w: TensorRef<shape![D, D]>, x: TensorRef<shape![10, D]>) -> TensorRef<shape![10, D]>
where
    Heads<8>: Splits<D>,
{
    s.multi_head_attention(w, w, w, w, x, Heads::<8>, None)
}

pub fn case<D: Dimension>(s: &Session, w: TensorRef<shape![D, D]>, x: TensorRef<shape![10, D]>) {
    block(s, w, x);
}

fn main() {}
