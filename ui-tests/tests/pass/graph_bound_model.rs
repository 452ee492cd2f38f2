use session::prelude::*;

graph! {
    pub struct Case<H> {
        w: [4, H] = kaiming,
    }

    pub fn penalty() -> [] where (Dim<4>, H): session::shapes::Flatten {
        sum(flatten(w))
    }
}
