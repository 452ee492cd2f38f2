use session::prelude::*;

graph! {
    pub fn case<B>(x: [B, 28]) -> [] where (B, Dim<28>): session::shapes::Flatten {
        sum(flatten(x))
    }
}
