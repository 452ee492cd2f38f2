use session::prelude::*;

graph! {
    struct Case {
        w: [3, 3] = zeros,
        w: [3] = zeros,
    }
}

fn main() {}
