// a matrix of 2 rows and 4 columns does not fit a tensor of shape `(2, 3)`
use session::prelude::*;

pub fn case(matrix: nalgebra::SMatrix<f32, 2, 4>) -> Tensor<f32, shape![2, 3]> {
    Tensor::from(matrix)
}

fn main() {}
