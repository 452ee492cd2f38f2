// the size of an axis is a whole number, as in `shape![64, 784]`
use session::prelude::*;

pub type Images = shape![64, 784.0];

fn main() {}
