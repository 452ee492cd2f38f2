// expected `TensorRef<(10,)>`, found `Tensor<f32, (10,)>`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![10]>, value: Tensor<f32, shape![10]>, x: TensorRef<shape![10]>) {
    s.add(w, value);
}

fn main() {}
