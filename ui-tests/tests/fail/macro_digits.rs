// the size of an axis has at most 10 digits
use session::prelude::*;

pub type Images = shape![12345678901];

fn main() {}
