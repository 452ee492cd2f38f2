use session::prelude::*;

graph! {
    fn case(w: [8, 1, 5, 5], b: [8], x: [1, 28, 28]) -> [8, 28, 28] {
        conv2d(w, b, x, 1, 2)
    }
}

fn main() {}
