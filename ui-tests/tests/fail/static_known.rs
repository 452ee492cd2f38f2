// `N` is not one of the static numbers, which end at 4096
use session::prelude::*;

pub fn case<const N: usize>(s: &Session, x: TensorRef<shape![9, 7]>) {
    s.at(x, Index::<N>);
}

fn main() {}
