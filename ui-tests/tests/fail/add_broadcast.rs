// cannot broadcast `(11,)` to `(64, 10)`
include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, b: TensorRef<shape![11]>) {
    s.add(x, s.broadcast(b));
}

fn main() {}
