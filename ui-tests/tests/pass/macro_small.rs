use session::prelude::*;

dim!(pub Vocab = 50257);
