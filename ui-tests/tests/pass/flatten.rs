use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![28, 28]>) {
    let _: TensorRef<shape![784]> = s.flatten(x);
}
