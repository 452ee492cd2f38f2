use session::prelude::*;

/// Inputs of any rank: `Y` is `X` with 10 as its last axis.
pub fn classes<X, Y>(
    s: &Session,
    weight: TensorRef<shape![10, 784]>,
    bias: TensorRef<shape![10]>,
    x: TensorRef<X>,
) -> TensorRef<Y>
where
    X: Linear<shape![10, 784], shape![10], Output = Y>,
{
    s.log_softmax(s.linear(weight, bias, x))
}

pub fn use_it(
    s: &Session,
    weight: TensorRef<shape![10, 784]>,
    bias: TensorRef<shape![10]>,
    x: TensorRef<shape![4, 64, 784]>,
) -> TensorRef<shape![4, 64, 10]> {
    classes(s, weight, bias, x)
}
