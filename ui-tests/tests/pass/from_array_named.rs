use session::prelude::*;

dim!(pub Rows = 2);

pub fn case(array: [f32; 2]) {
    Tensor::<f32, shape![2]>::from_array(array);
}
