// cannot flatten `(4, H)`
use session::prelude::*;

graph! {
    pub struct Case<H> {
        w: [4, H] = kaiming,
    }

    pub fn penalty() -> [] {
        sum(flatten(w))
    }
}

fn main() {}
