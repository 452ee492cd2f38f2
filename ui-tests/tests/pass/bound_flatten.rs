use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 28]>)
where
    (B, Dim<28>): session::shapes::Flatten,
{
    s.flatten(x);
}
