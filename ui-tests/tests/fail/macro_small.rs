// a dimension is a type, whose name begins with a capital letter
use session::prelude::*;

dim!(pub vocab = 50257);

fn main() {}
