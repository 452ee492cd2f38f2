// expected `4`, found `5`
use session::prelude::*;

graph! {
    pub fn layer<B>(x: [B, 8], w: [8, 8]) -> [B, 8] {
        relu(x @ w)
    }
}

pub fn case(x: &Tensor<f32, shape![5, 8]>, w: &Tensor<f32, shape![8, 8]>) -> Result<(), Error> {
    let mut compiled = layer::compile::<f32, Dim<4>>(Options::default())?;
    compiled.run((x, w))?;
    Ok(())
}

fn main() {}
