use session::prelude::*;

graph! {
    struct Case {
        w: [3, 3] = kaming,
    }
}

fn main() {}
