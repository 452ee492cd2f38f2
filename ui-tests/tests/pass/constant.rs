use session::prelude::*;

pub fn case<const N: usize>(s: &Session, a: TensorRef<shape![{ N }, 784]>, b: TensorRef<shape![784, 10]>) {
    let _: TensorRef<shape![{ N }, 10]> = s.matmul(a, b);
}
