use session::prelude::*;

pub fn case<B: Dimension>(s: &Session, x: TensorRef<shape![10]>) {
    let _: TensorRef<shape![B, 10]> = s.broadcast(x);
}
