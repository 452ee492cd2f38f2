use session::prelude::*;

/// `F` is the number of elements of an image, and of the columns of the weight.
pub fn head<B: Dimension, C: Dimension, H: Dimension, W: Dimension, F>(
    s: &Session,
    weight: TensorRef<shape![10, F]>,
    bias: TensorRef<shape![10]>,
    x: TensorRef<shape![B, C, H, W]>,
) -> TensorRef<shape![B, 10]>
where
    shape![C, H, W]: Flatten<Output = shape![F]>,
{
    s.linear(weight, bias, s.flatten_from(x, Axis::<1>))
}

pub fn use_it(
    s: &Session,
    weight: TensorRef<shape![10, 784]>,
    bias: TensorRef<shape![10]>,
    x: TensorRef<shape![64, 16, 7, 7]>,
) -> TensorRef<shape![64, 10]> {
    head(s, weight, bias, x)
}
