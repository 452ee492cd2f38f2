use session::prelude::*;

graph! {
    fn case(x: [4, 3], n: usize) -> [3] {
        sum(x, axis = n)
    }
}

fn main() {}
