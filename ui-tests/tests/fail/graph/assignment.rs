// expected `3`, found `4`
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3], w: [3, 4]) -> [2, 3] {
        let mut h = a;
        for _ in 0..2 {
            h = h @ w;
        }
        h
    }
}

fn main() {}
