include!("../../support.rs");

pub fn case(s: &Session, x: TensorRef<shape![28, 28]>) {
    s.reshape(x, dims![49, 16]);
}

fn main() {}
