use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![B, 784]>)
where
    (B, Dim<28>, Dim<28>): session::shapes::Reshape<(B, Dim<784>)>,
{
    s.reshape(x, dims![B, 28, 28]);
}
