//! 3: parameters, and steps that change them.

use session::optim::Sgd;
use session::prelude::*;

fn main() -> Result<(), Error> {
    let s = Session::<f32>::new(Options::default().seed(7));

    // 64 points on the plane z = 2 x - y + 3.
    let points = Tensor::<f32, shape![64, 2]>::randn(s.rng());
    let heights = Tensor::<f32, shape![64, 1]>::from_fn(|[row, _]| 2.0 * points[[row, 0]] - points[[row, 1]] + 3.0);

    // Parameters live outside the recording and outlive it.
    let weight = Param::new(Tensor::<f32, shape![1, 2]>::zeros());
    let bias = Param::new(Tensor::<f32, shape![1]>::zeros());
    let mut optimizer = Sgd::new(0.1).momentum(0.5);

    for step in 0..60 {
        // Recording the same operations again costs little: the session finds the tape it has compiled.
        s.reset_tape();
        let (w, b) = (s.use_param(&weight)?, s.use_param(&bias)?);
        let (x, z) = (s.input(points.clone())?, s.input(heights.clone())?);
        let loss = s.step(s.mse_loss(s.linear(w, b, x), z), &mut optimizer)?;
        if step % 10 == 0 {
            println!("step {step}: loss {loss:.6}");
        }
    }
    println!("z = {:.3} x + {:.3} y + {:.3}", weight.value()[[0, 0]], weight.value()[[0, 1]], bias.value()[[0]]);
    Ok(())
}
