use session::prelude::*;

pub fn case(tensor: Tensor<f32, shape![2, 3]>) {
    let _ = nalgebra::SMatrix::<f32, 2, 3>::from(tensor);
}
