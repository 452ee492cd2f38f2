use session::prelude::*;

pub fn case(s: &Session, w: &Param<shape![2, 3]>, loss: TensorRef<()>) -> Result<(), Error> {
    let gradients = s.backward_params(loss)?;
    let _: Option<Tensor<f32, shape![2, 3]>> = gradients.get(w);
    Ok(())
}
