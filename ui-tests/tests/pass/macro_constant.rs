use session::prelude::*;

pub type Images<const N: usize> = shape![{ N }, 784];
