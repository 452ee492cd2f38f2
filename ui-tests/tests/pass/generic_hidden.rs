use session::prelude::*;

/// Two layers with any hidden width.
pub fn perceptron<B: Dimension, H: Dimension>(
    s: &Session,
    w1: TensorRef<shape![784, H]>,
    b1: TensorRef<shape![H]>,
    w2: TensorRef<shape![H, 10]>,
    x: TensorRef<shape![B, 784]>,
) -> TensorRef<shape![B, 10]> {
    let h = s.broadcast_add(s.matmul(x, w1), b1);
    s.matmul(s.relu(h), w2)
}
