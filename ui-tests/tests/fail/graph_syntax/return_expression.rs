use session::prelude::*;

graph! {
    fn case(x: [4, 3], w: [3, 3]) -> [4, 3] {
        return x @ w;
    }
}

fn main() {}
