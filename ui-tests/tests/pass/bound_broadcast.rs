use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![1, 10]>)
where
    (B, Dim<10>): session::shapes::Broadcast<(Dim<1>, Dim<10>), (Stretch, Keep)>,
{
    s.broadcast_to(x, dims![B, 10]);
}
