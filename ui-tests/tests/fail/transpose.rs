// cannot transpose `(2, 3, 4)`
include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![2, 3, 4]>) {
    s.transpose(x);
}

fn main() {}
