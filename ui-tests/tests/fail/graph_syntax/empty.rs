use session::prelude::*;

graph! {}

fn main() {}
