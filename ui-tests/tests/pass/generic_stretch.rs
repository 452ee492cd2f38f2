use session::prelude::*;

/// New axes need no bound; `B` may be anything.
pub fn rows<B: Dimension>(s: &Session, x: TensorRef<shape![10]>) -> TensorRef<shape![B, 10]> {
    s.broadcast(x)
}

/// An axis of size 1 that becomes `B`. The caller's `B` decides `M`: whether it is stretched or already 1.
pub fn stretched<B: Dimension, M>(s: &Session, x: TensorRef<shape![1, 10]>) -> TensorRef<shape![B, 10]>
where
    shape![B, 10]: Broadcast<shape![1, 10], M>,
{
    s.broadcast(x)
}

pub fn use_it(s: &Session, x: TensorRef<shape![1, 10]>) {
    let _: TensorRef<shape![64, 10]> = stretched(s, x);
    let _: TensorRef<shape![1, 10]> = stretched(s, x);
}
