// linear: a weight `(10, 401)` and a bias `(10,)` do not fit the input `(B, 400)`
use session::prelude::*;

pub fn case<B: Dimension>(
    s: &Session,
    x: TensorRef<shape![B, 1, 28, 28]>,
    c1: TensorRef<shape![8, 1, 5, 5]>,
    b1: TensorRef<shape![8]>,
    c2: TensorRef<shape![16, 8, 5, 5]>,
    b2: TensorRef<shape![16]>,
    w: TensorRef<shape![10, 401]>,
    b: TensorRef<shape![10]>,
) {
    let h = s.max_pool2d(s.relu(s.conv2d(c1, b1, x, Stride::<1>, Padding::<2>)), Kernel::<2, 2>, Stride::<2>);
    let h = s.max_pool2d(s.relu(s.conv2d(c2, b2, h, Stride::<1>, Padding::<0>)), Kernel::<2, 2>, Stride::<2>);
    let _: TensorRef<shape![B, 10]> = s.linear(w, b, s.flatten_from(h, Axis::<1>));
}

fn main() {}
