use session::prelude::*;

graph! {
    fn case(x: [4, 3], w: [3, 3]) -> [4, 3] {
        match N { 1 => x, _ => x @ w }
    }
}

fn main() {}
