// the sum of the sizes `B` and `H` is not known
use session::prelude::*;

fn join<B: Dimension, H: Plus<B, Output = C>, C>(
    s: &Session,
    x: TensorRef<shape![B]>,
    y: TensorRef<shape![H]>,
) -> TensorRef<shape![C]> {
    s.concat(x, y)
}

pub fn case<B: Dimension, H: Dimension>(s: &Session, x: TensorRef<shape![B]>, y: TensorRef<shape![H]>) {
    join(s, x, y);
}

fn main() {}
