// `Rows` is declared twice
use session::prelude::*;

dim!(pub Rows = 3, pub Rows = 4);

fn main() {}
