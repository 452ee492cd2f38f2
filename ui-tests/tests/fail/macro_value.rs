// `batch` is no dimension
use session::prelude::*;

pub type Images = shape![batch, 784];

fn main() {}
