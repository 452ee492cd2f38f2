use session::prelude::*;

graph! {
    fn case(x: [4, 3], w: [3, 3]) -> [4, 3] {
        let mut h = x;
        for _ in 0..3 { h @ w }
        h
    }
}

fn main() {}
