// `[[f32; 3]; 2]` does not fill a tensor of numbers `f32` and shape `(2, 4)`
use session::prelude::*;

pub fn case(array: [[f32; 3]; 2]) {
    Tensor::<f32, shape![2, 4]>::from_array(array);
}

fn main() {}
