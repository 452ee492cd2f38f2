use session::prelude::*;

graph! {
    struct Inner {
        w: [3, 3] = kaiming,
    }

    struct Case {
        inner: Inner,
    }

    fn forward(x: [4, 3]) -> [4, 3] {
        x @ inner
    }
}

fn main() {}
