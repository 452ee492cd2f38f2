// expected `&[usize]`, found `&[i32]`
use session::prelude::*;

pub fn case(s: &Session, labels: &[i32]) -> Result<NatVecRef<Dim<64>>, Error> {
    s.input_nat_vec(labels)
}

fn main() {}
