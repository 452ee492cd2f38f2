use session::prelude::*;

pub fn case<const N: usize>(s: &Session, x: TensorRef<shape![1, { N }, { N }]>)
where
    session::Stride<2>: Pool2d<(Dim<1>, Dim<N>, Dim<N>), session::Kernel<2, 2>>,
{
    s.max_pool2d(x, Kernel::<2, 2>, Stride::<2>);
}
