use session::prelude::*;

pub fn case(s: &Session, y: TensorRef<shape![64, 10]>) -> Result<Tensor<f32, shape![64, 10]>, Error> {
    s.value(y)
}
