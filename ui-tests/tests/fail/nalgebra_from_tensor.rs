// a matrix of 2 rows and 4 columns does not fit a tensor of shape `(2, 3)`
use session::prelude::*;

pub fn case(tensor: Tensor<f32, shape![2, 3]>) {
    let _ = nalgebra::SMatrix::<f32, 2, 4>::from(tensor);
}

fn main() {}
