// expected `27`, found `28`
use session::prelude::*;

pub fn case(s: &Session, w: TensorRef<shape![3, 8, 4, 4]>, b: TensorRef<shape![8]>, x: TensorRef<shape![3, 14, 14]>) {
    let _: TensorRef<shape![8, 27, 28]> = s.conv_transpose2d(w, b, x, Stride::<2>, Padding::<1>);
}

fn main() {}
