// `[{integer}; 2]` does not fill a tensor of numbers `f32` and shape `(2,)`
use session::prelude::*;

pub fn case() {
    Tensor::<f32, shape![2]>::from_array([1, 2]);
}

fn main() {}
