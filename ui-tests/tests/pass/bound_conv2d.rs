use session::prelude::*;

pub fn case<H: Dimension>(
    s: &Session,
    w: TensorRef<shape![8, 1, 5, 5]>,
    b: TensorRef<shape![8]>,
    x: TensorRef<shape![1, H, H]>,
) where
    session::Padding<2>: Conv2d<(Dim<8>, Dim<1>, Dim<5>, Dim<5>), (Dim<8>,), (Dim<1>, H, H), session::Stride<1>>,
{
    s.conv2d(w, b, x, Stride::<1>, Padding::<2>);
}
