// the size of an axis is not negative
include!("../../support.rs");

pub type Images = shape![-1, 784];

fn main() {}
