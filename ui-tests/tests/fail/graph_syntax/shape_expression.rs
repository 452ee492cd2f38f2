use session::prelude::*;

graph! {
    fn case<const N: usize>(x: [2 * N, 3]) -> [4, 3] {
        relu(x)
    }
}

fn main() {}
