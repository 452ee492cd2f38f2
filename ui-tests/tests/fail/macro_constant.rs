// expected type, found const parameter `N`
use session::prelude::*;

pub type Images<const N: usize> = shape![N, 784];

fn main() {}
