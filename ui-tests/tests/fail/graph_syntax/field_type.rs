use session::prelude::*;

graph! {
    struct Case {
        w: 3 = zeros,
    }

    fn forward(x: [4, 3]) -> [4, 3] {
        x @ w
    }

    fn loss(x: [4, 3]) -> [] {
        relu(x)?
    }
}

fn main() {}
