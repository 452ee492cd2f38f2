// `[f32; 2]` does not fill a tensor of numbers `f32` and shape `(Rows,)`
use session::prelude::*;

dim!(pub Rows = 2);

pub fn case(array: [f32; 2]) {
    Tensor::<f32, shape![Rows]>::from_array(array);
}

fn main() {}
