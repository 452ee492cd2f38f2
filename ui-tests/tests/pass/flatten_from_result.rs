use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![64, 8, 14, 14]>) {
    let _: TensorRef<shape![64, 1568]> = s.flatten_from(x, Axis::<1>);
}
