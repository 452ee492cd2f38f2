use session::prelude::*;

pub fn case<X>(s: &Session, x: TensorRef<X>)
where
    Dim<2>: Stack<X>,
{
    s.stack([x, x]);
}
