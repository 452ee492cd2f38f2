use session::prelude::*;

pub fn case<B: session::Dimension>() -> Tensor<f32, shape![B, 10]> {
    Tensor::zeros()
}
