use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![7]>) {
    let y: TensorRef<shape![10]> = s.pad(x, Axis::<0>, dims![1, 2]);
}
