use session::prelude::*;

graph! {
    fn case(x: [4, 3], w: [3, 3]) -> [4, 3] {
        let mut h = x;
        while N > 1 { h = h @ w; }
        h
    }
}

fn main() {}
