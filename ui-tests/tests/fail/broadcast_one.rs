// cannot broadcast `(1, 2)` to `(1, 3)`
include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![1, 2]>) {
    s.broadcast_to(x, dims![1, 3]);
}

fn main() {}
