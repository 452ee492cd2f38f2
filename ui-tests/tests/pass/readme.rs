use session::prelude::*;

fn main() -> Result<(), Error> {
    let s = Session::<f32>::new(Options::default());
    let a = s.input(Tensor::<f32, shape![2, 3]>::ones())?;
    let b = s.input(Tensor::<f32, shape![3, 4]>::ones())?;
    let c = s.matmul(a, b);
    Ok(())
}
