//! 2: a session records, and differentiates what it has recorded.

use session::prelude::*;

fn main() -> Result<(), Error> {
    let s = Session::<f64>::new(Options::default());

    // Inputs come first, then operations. A ref is a number with a type: it can be copied and used again.
    let x = s.input(Tensor::<f64, shape![3]>::from_array([0.5, -1.0, 2.0]))?;
    let y = s.sum(s.mul(x, s.tanh(x)));

    println!("the recording:\n{}", s.graph());
    println!("x tanh x, summed: {}", s.value(y)?);

    let gradients = s.backward_scalar_dense_all(y)?;
    println!("its gradient at x: {}", gradients.get(x)?);

    // By hand: tanh x + x (1 - tanh² x).
    let by_hand = s.value(x)?.map(|x| x.tanh() + x * (1.0 - x.tanh() * x.tanh()));
    println!("and by hand:       {by_hand}");

    // A ref ends with its recording.
    s.reset_tape();
    println!("{}", s.value(x).unwrap_err());
    Ok(())
}
