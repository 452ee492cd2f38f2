use session::prelude::*;

pub fn case<B: Dimension, H: Dimension>(s: &Session, x: TensorRef<shape![B, H, 28]>)
where
    session::Axis<1>: FlattenFrom<(B, H, Dim<28>)>,
{
    s.flatten_from(x, Axis::<1>);
}
