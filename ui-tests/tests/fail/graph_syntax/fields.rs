use session::prelude::*;

graph! {
    struct Case {
        w: [3, 3],
        b: [3] = ,
        b2: [3] = zeros ones,
        #[cfg(any())]
        v: [3] = zeros,
    }

    fn forward(x: [4, 3]) -> [4, 3] {
        x @ w + b
    }
}

fn main() {}
