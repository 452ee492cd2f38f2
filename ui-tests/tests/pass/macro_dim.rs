include!("../../support.rs");

dim!(pub Vocab = 50257);

fn main() {}
