//! 3: a session. It records operations as they are called, computes values that are asked for, and trains the
//! parameters that the recording uses.
//!
//! Inputs and parameters come first, then operations. A ref is a number with a type: it may be copied and used again,
//! and it ends with its recording. Recording the same operations again costs little: the session finds the program
//! that it has compiled for them.

use session::optim::Sgd;
use session::prelude::*;

fn main() -> Result<(), Error> {
    let s = Session::<f32>::new(Options::default().seed(7));

    // Nothing is computed until a value is asked for.
    let x = s.input_named("x", Tensor::<f32, shape![3]>::from_array([0.5, -1.0, 2.0]))?;
    let y = s.mul(x, s.tanh(x));
    let total = s.sum(y);
    println!("the recording:\n{}", s.graph());
    println!("x        {}\nx tanh x {}\nits sum  {}\n", s.value(x)?, s.value(y)?, s.value(total)?);

    // The eager backend computes while it records, to look at values step by step: with the same bits.
    let eager = Session::<f32>::new(Options::default().backend(Backend::Eager));
    let again = eager.input(s.value(x)?)?;
    let again = eager.mul(again, eager.tanh(again));
    println!("the same bits from the eager backend: {}", eager.value(again)? == s.value(y)?);

    s.reset_tape();
    println!("after reset_tape: {}\n", s.value(x).unwrap_err());

    // 64 points near the plane z = 2 x - y + 3.
    let points = Tensor::<f32, shape![64, 2]>::randn(s.rng());
    let noise = Tensor::<f32, shape![64, 1]>::randn(s.rng()) * 0.1;
    let heights = Tensor::<f32, shape![64, 1]>::from_fn(|[row, _]| {
        2.0 * points[[row, 0]] - points[[row, 1]] + 3.0 + noise[[row, 0]]
    });

    // Parameters live outside of the recording and outlive it.
    let weight = Param::new(Tensor::<f32, shape![1, 2]>::zeros());
    let bias = Param::new(Tensor::<f32, shape![1]>::zeros());
    let mut optimizer = Sgd::new(0.1).momentum(0.5);

    let compiled = s.compiled_tapes();
    println!("step      loss   z = a x + b y + c");
    for step in 0..=40 {
        s.reset_tape();
        let (w, b) = (s.use_param(&weight)?, s.use_param(&bias)?);
        let (x, z) = (s.input(points.clone())?, s.input(heights.clone())?);
        let loss = s.mse_loss(s.linear(w, b, x), z);
        // Forward, reverse and update, in one run.
        let loss = s.step(loss, &mut optimizer)?;
        if step % 8 == 0 {
            let (w, b) = (weight.value(), bias.value());
            println!("{step:4}  {loss:8.4}  {:7.3} {:7.3} {:7.3}", w[[0, 0]], w[[0, 1]], b[[0]]);
        }
    }
    println!("recorded 41 times, compiled {} time", s.compiled_tapes() - compiled);
    Ok(())
}
