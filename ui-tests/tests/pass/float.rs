use session::prelude::*;

pub fn case() {
    Tensor::<f32, shape![2]>::zeros();
}
