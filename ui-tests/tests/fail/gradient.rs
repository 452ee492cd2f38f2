// expected `3`, found `2`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![2, 3]>, loss: TensorRef<()>) -> Result<(), Error> {
    let gradients = s.backward_scalar_dense_all(loss)?;
    let _: Tensor<f32, shape![3, 2]> = gradients.get(w)?;
    Ok(())
}

fn main() {}
