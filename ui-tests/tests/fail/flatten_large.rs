// found struct `TensorRef<(150528,)>`
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![1, 3, 224, 224]>) {
    let _: TensorRef<shape![150529]> = s.flatten(x);
}

fn main() {}
