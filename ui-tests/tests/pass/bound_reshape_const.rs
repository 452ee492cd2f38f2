use session::prelude::*;

pub fn case<const B: usize>(s: &Session, x: TensorRef<shape![{ B }, 784]>)
where
    (Dim<B>, Dim<28>, Dim<28>): session::shapes::Reshape<(Dim<B>, Dim<784>)>,
{
    s.reshape(x, dims![{ B }, 28, 28]);
}
