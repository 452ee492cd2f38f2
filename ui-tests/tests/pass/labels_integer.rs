use session::prelude::*;

pub fn case(s: &Session, labels: &[usize]) -> Result<NatVecRef<Dim<64>>, Error> {
    s.input_nat_vec(labels)
}
