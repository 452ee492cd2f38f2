// `4097` is not one of the static numbers, which end at 4096
use session::prelude::*;

pub fn case(s: &Session, x: TensorRef<shape![50257, 7]>) {
    s.slice(x, Slice::<1, 4097>);
}

fn main() {}
