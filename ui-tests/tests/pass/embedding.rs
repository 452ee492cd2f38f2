use session::prelude::*;

pub fn case(s: &Session, table: TensorRef<shape![1000, 64]>, words: NatTensorRef<shape![8, 16]>) {
    s.embedding(table, words);
}
