//! 1: a shape is a type.

use session::prelude::*;

/// Scores of a batch of any size: `B` needs no bound but `Dimension`.
fn scores<B: Dimension>(
    s: &Session,
    weight: TensorRef<shape![3, 2]>,
    bias: TensorRef<shape![3]>,
    points: TensorRef<shape![B, 2]>,
) -> TensorRef<shape![B, 3]> {
    s.tanh(s.linear(weight, bias, points))
}

fn main() -> Result<(), Error> {
    let s = Session::<f32>::new(Options::default());
    let weight = s.input(Tensor::from_array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))?;
    let bias = s.input(Tensor::from_array([0.0, 0.0, -1.0]))?;
    let points = s.input(Tensor::<f32, shape![4, 2]>::from_fn(|[row, column]| (row * column) as f32))?;

    let y = scores(&s, weight, bias, points);
    println!("the scores of four points:\n{}", s.value(y)?);

    // let z = s.matmul(points, y); does not compile: (4, 2) by (4, 3).
    let z = s.matmul(s.transpose(points), y);
    println!("points, transposed, times scores:\n{}", s.value(z)?);

    // What comes from outside has its shape checked once, where it comes in.
    let loaded = DynTensor::from(Tensor::<f32, shape![2, 2]>::ones());
    match loaded.into_shape::<shape![4]>() {
        Ok(_) => unreachable!("two axes are not one"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
