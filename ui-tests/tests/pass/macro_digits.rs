include!("../../support.rs");

pub type Images = shape![1234567890];

fn main() {}
