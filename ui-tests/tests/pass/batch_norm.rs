use session::prelude::*;

pub fn case<B: Dimension>(
    s: &Session,
    x: TensorRef<shape![B, 8, 28, 28]>,
    gamma: TensorRef<shape![8]>,
    beta: TensorRef<shape![8]>,
) {
    s.batch_norm(x, gamma, beta);
}
