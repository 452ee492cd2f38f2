// expected `TensorRef<()>`, found `TensorRef<(10,)>`
use session::prelude::*;

pub fn case(s: &Session, losses: TensorRef<shape![10]>) -> Result<(), Error> {
    s.backward_params(losses)?;
    Ok(())
}

fn main() {}
