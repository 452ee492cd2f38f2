use session::prelude::*;

pub fn case<H: Dimension>(s: &Session, x: TensorRef<shape![8, H, H]>)
where
    session::Stride<2>: Pool2d<(Dim<8>, H, H), session::Kernel<2, 2>>,
{
    s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
}
