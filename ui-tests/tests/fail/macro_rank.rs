// a shape has at most 8 axes, not 9
use session::prelude::*;

pub type Images = shape![1, 2, 3, 4, 5, 6, 7, 8, 9];

fn main() {}
