use session::prelude::*;

pub fn case<const B: usize>(s: &Session, x: TensorRef<shape![{ B }, 28]>)
where
    (Dim<B>, Dim<28>): session::shapes::Flatten,
{
    s.flatten(x);
}
