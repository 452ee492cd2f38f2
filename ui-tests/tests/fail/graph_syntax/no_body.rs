use session::prelude::*;

graph! {
    fn case(x: [4, 3]) -> [4, 3];
}

fn main() {}
