include!("../../support.rs");

pub type Images<const N: usize> = shape![{N}, 784];

fn main() {}
