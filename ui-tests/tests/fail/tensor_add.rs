// cannot add `Tensor<f32, (2, 4)>` to `Tensor<f32, (2, 3)>`
use session::prelude::*;

pub fn case(x: Tensor<f32, shape![2, 3]>, y: Tensor<f32, shape![2, 4]>) -> Tensor<f32, shape![2, 3]> {
    x + y
}

fn main() {}
