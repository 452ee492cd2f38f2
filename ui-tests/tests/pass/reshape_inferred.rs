use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![8, 28, 28]>) {
    let _: TensorRef<shape![8, 784]> = s.reshape_as(x);
}
