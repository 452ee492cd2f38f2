use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![2, 3]>, loss: TensorRef<()>) -> Result<(), Error> {
    let gradients = s.backward_scalar_dense_all(loss)?;
    let _: Tensor<f32, shape![2, 3]> = gradients.get(w)?;
    Ok(())
}
