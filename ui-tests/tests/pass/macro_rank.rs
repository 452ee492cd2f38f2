use session::prelude::*;

pub type Images = shape![1, 2, 3, 4, 5, 6, 7, 8];
