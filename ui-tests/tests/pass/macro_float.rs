include!("../../support.rs");

pub type Images = shape![64, 784];

fn main() {}
