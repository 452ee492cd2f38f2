// `i32` is not a number of tensors
use session::prelude::*;

pub fn case() {
    Tensor::<i32, shape![2]>::zeros();
}

fn main() {}
