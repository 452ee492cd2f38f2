use session::prelude::*;

graph! {
    struct Case<T> {
        w: [T, 3] = kaiming,
    }
}

fn main() {}
