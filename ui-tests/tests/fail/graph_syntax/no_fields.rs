use session::prelude::*;

graph! {
    struct Case {}
}

fn main() {}
