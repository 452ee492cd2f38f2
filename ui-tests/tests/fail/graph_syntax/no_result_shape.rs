use session::prelude::*;

graph! {
    fn case(x: [4, 3]) -> {
        relu(x)
    }
}

fn main() {}
