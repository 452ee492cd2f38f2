use session::prelude::*;

graph! {
    struct Case {
        w: [3, 3] = kaiming,
    }

    fn forward(&self, x: [4, 3]) -> [4, 3] {
        x @ w
    }
}

fn main() {}
