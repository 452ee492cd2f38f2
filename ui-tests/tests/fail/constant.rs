// cannot multiply `(N, 784)` by `(783, 10)`
use session::prelude::*;

pub fn case<const N: usize>(s: &Session, a: TensorRef<shape![{ N }, 784]>, b: TensorRef<shape![783, 10]>) {
    let _: TensorRef<shape![{ N }, 10]> = s.matmul(a, b);
}

fn main() {}
