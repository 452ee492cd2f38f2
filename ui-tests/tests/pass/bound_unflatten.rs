use session::prelude::*;

pub fn case<B: Dimension, H: Dimension>(s: &Session, x: TensorRef<shape![B, 512]>)
where
    (H, Dim<8>): Unflatten<(B, Dim<512>), session::Axis<1>>,
{
    s.unflatten(x, Axis::<1>, dims![H, 8]);
}
