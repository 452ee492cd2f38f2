include!("../../support.rs");

pub type Images = shape![1, 784];

fn main() {}
