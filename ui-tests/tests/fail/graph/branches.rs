// expected `3`, found `4`
use session::prelude::*;

graph! {
    pub fn case(a: [2, 3], b: [2, 4], deep: bool) -> [2, 3] {
        let h = if deep { relu(a) } else { relu(b) };
        h
    }
}

fn main() {}
