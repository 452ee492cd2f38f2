// cannot reshape `(28, 28)` to `(49, 17)`
include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![28, 28]>) {
    s.reshape(x, dims![49, 17]);
}

fn main() {}
