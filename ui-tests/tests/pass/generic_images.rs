use session::prelude::*;

/// A residual block and a pool over images of any size: `Y` and `X` are the halves of `H` and `W`.
pub fn block<B: Dimension, C: Dimension, D: Dimension, H, W, Y, X>(
    s: &Session,
    first: TensorRef<shape![D, C, 3, 3]>,
    second: TensorRef<shape![D, D, 3, 3]>,
    bias: TensorRef<shape![D]>,
    x: TensorRef<shape![B, C, H, W]>,
) -> TensorRef<shape![B, D, Y, X]>
where
    H: Window<Dim<3>, Dim<1>, Dim<1>, Output = H> + PoolWindow<Dim<2>, Dim<2>, Dim<0>, Output = Y>,
    W: Window<Dim<3>, Dim<1>, Dim<1>, Output = W> + PoolWindow<Dim<2>, Dim<2>, Dim<0>, Output = X>,
{
    let h = s.relu(s.conv2d(first, bias, x, Stride::<1>, Padding::<1>));
    let h = s.add(h, s.conv2d(second, bias, h, Stride::<1>, Padding::<1>));
    s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>)
}

pub fn use_it(
    s: &Session,
    first: TensorRef<shape![8, 3, 3, 3]>,
    second: TensorRef<shape![8, 8, 3, 3]>,
    bias: TensorRef<shape![8]>,
    x: TensorRef<shape![64, 3, 32, 48]>,
) -> TensorRef<shape![64, 8, 16, 24]> {
    block(s, first, second, bias, x)
}
