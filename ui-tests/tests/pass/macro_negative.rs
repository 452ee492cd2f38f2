use session::prelude::*;

pub type Images = shape![1, 784];
