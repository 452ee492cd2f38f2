use session::prelude::*;

graph! {
    struct Case {
        w: [5, 3] = kaiming,
    }

    pub fn summary(x: [3]) -> [5] {
        w @ x
    }
}

fn main() {}
