use session::prelude::*;

pub type Images = shape![1234567890];
