use session::prelude::*;

graph! {
    pub fn case<B, H>(x: [B, 10], y: [H, 10]) -> [] where (H, Dim<10>): session::shapes::Concat<(B, Dim<10>)> {
        sum(concat(x, y))
    }
}
