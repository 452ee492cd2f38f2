// expected a size, as in `dim!(Vocab = 50257)`
use session::prelude::*;

dim!(pub Vocab);

fn main() {}
