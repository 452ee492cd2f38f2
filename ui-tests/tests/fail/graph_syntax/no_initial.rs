use session::prelude::*;

graph! {
    struct Case {
        w: [3, 3],
        b: [3] = zeros,
    }
}

fn main() {}
