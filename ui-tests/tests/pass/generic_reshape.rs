use session::prelude::*;

/// One axis in two: the others take no part, so no bound.
pub fn images<B: Dimension>(s: &Session, x: TensorRef<shape![B, 784]>) -> TensorRef<shape![B, 28, 28]> {
    s.unflatten(x, Axis::<1>, dims![28, 28])
}

/// `reshape` compares the products of all sizes, also of `B`.
pub fn reshaped<B: Dimension>(s: &Session, x: TensorRef<shape![B, 784]>) -> TensorRef<shape![28, B, 28]>
where
    shape![28, B, 28]: Reshape<shape![B, 784]>,
{
    s.reshape_as(x)
}
