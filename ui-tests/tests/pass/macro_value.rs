use session::prelude::*;

pub type Images = shape![64, 784];
