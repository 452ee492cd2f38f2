use session::prelude::*;

graph! {
    struct Case([3, 3]);
}

fn main() {}
