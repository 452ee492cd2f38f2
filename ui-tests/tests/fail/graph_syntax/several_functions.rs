use session::prelude::*;

graph! {
    fn one(x: [4, 3]) -> [4, 3] {
        x @ 2
    }

    fn two(x: [4, 3]) -> [4, 3] {
        x[1..]
    }

    fn three(x: [4, 3]) -> {
        x
    }

    fn four(x: [4, 3]) -> [4, 3] {
        match x {}
    }
}

fn main() {}
