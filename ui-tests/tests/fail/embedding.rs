// cannot gather rows of `(1000, 64, 4)` by indices of shape `(8, 16)`
use session::prelude::*;

pub fn case(s: &Session, table: TensorRef<shape![1000, 64, 4]>, words: NatTensorRef<shape![8, 16]>) {
    s.embedding(table, words);
}

fn main() {}
