use session::prelude::*;

graph! {
    fn case<'a, B>(x: [B, 3]) -> [B, 3] {
        relu(x)
    }
}

fn main() {}
