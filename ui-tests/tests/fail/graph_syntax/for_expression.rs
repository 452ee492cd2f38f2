use session::prelude::*;

graph! {
    fn case(x: [4, 3], w: [3, 3]) -> [4, 3] {
        let y = for _ in 0..3 {};
        x
    }
}

fn main() {}
