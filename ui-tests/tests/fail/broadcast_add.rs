// `(64, 10)` and `(64,)` do not broadcast together
include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![64, 10]>, b: TensorRef<shape![64]>) {
    s.broadcast_add(x, b);
}

fn main() {}
