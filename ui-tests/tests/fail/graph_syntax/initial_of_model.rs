use session::prelude::*;

graph! {
    struct Case {
        inner: Inner = zeros,
    }
}

fn main() {}
