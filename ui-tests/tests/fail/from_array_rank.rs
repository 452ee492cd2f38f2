// `[{float}; 3]` does not fill a tensor of numbers `f32` and shape `(3, 1)`
use session::prelude::*;

pub fn case() {
    Tensor::<f32, shape![3, 1]>::from_array([1.0, 2.0, 3.0]);
}

fn main() {}
