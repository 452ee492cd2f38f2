// expected a size, as in `dim!(Vocab = 50257)`
include!("../../support.rs");

dim!(pub Vocab);

fn main() {}
