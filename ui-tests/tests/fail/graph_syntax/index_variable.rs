use session::prelude::*;

graph! {
    fn case(x: [4, 3], w: [3, 3]) -> [4, 3] {
        let mut h = x;
        for i in 0..3 { h = h + x[i]; }
        h
    }
}

fn main() {}
