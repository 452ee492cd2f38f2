use session::prelude::*;

pub fn case() {
    Tensor::<f32, shape![3]>::from_array([1.0, 2.0, 3.0]);
}
