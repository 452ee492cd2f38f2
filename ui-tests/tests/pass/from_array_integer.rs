use session::prelude::*;

pub fn case() {
    Tensor::<f32, shape![2]>::from_array([1.0, 2.0]);
}
