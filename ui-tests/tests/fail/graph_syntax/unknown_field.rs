use session::prelude::*;

graph! {
    struct Case {
        w: [3, 3] = kaiming,
    }

    fn forward(x: [4, 3]) -> [4, 3] {
        x @ self.v
    }
}

fn main() {}
