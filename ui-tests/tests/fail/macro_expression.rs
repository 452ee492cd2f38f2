// expected `,`; an expression is written in braces, as in `shape![{2 * N}, 784]`
use session::prelude::*;

pub type Images<const N: usize> = shape![N + 1, 784];

fn main() {}
