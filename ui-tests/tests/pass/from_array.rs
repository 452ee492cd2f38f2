use session::prelude::*;

pub fn case(array: [[f32; 3]; 2]) {
    Tensor::<f32, shape![2, 3]>::from_array(array);
}
