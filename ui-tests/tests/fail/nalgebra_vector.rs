// a matrix of 4 rows and 1 columns does not fit a tensor of shape `(3,)`
use session::prelude::*;

pub fn case(vector: nalgebra::SVector<f32, 4>) -> Tensor<f32, shape![3]> {
    vector.into()
}

fn main() {}
