// expected `4`, found `5`
use session::prelude::*;

graph! {
    pub struct Net {
        w: [8, 8] = kaiming,
    }

    pub fn forward<B>(x: [B, 8]) -> [B, 8] {
        relu(x @ w)
    }
}

pub fn case(net: &Net, x: &Tensor<f32, shape![5, 8]>) -> Result<(), Error> {
    net.compile_forward::<Dim<4>>(Options::default())?.run((x,))?;
    Ok(())
}

fn main() {}
