//! 6: regression. A model is a struct of `graph!`: its fields are parameters with their first values, its functions
//! see them by name. `compile_loss` makes a function of one of them, and `into_step` a training step of that: it runs
//! without recording, and reads and writes the parameters of the model.
//!
//! A network learns a curve from 200 noisy points: `cargo run --release --example 06-regression -- STEPS`.

use session::optim::Adam;
use session::optim::schedule::Cosine;
use session::prelude::*;
use session::random::Rng;
use session_examples::{argument, plot};

graph! {
    /// Two hidden layers of the same width.
    struct Curve<H> {
        w1: [H, 1] = normal(0.0, 0.7),
        b1: [H] = zeros,
        w2: [H, H] = xavier,
        b2: [H] = zeros,
        w3: [1, H] = xavier,
        b3: [1] = zeros,
    }

    fn forward<B>(x: [B, 1]) -> [B, 1] {
        let h = tanh(linear(w1, b1, x));
        let h = tanh(linear(w2, b2, h));
        linear(w3, b3, h)
    }

    fn loss<B>(x: [B, 1], y: [B, 1]) -> [] {
        mse_loss(forward(x), y)
    }
}

fn truth(x: f32) -> f32 {
    (2.0 * x).sin() + 0.5 * x
}

fn main() -> Result<(), Error> {
    let steps = argument(1500);
    let mut rng = Rng::new(0);
    let x = Tensor::<f32, shape![200, 1]>::uniform(-3.0, 3.0, &mut rng);
    let noise = Tensor::<f32, shape![200, 1]>::randn(&mut rng) * 0.2;
    let y = x.map(truth) + noise;

    let net = Curve::<Dim<16>>::new(0);
    println!("{} parameters, {steps} steps on 200 points with noise of variance 0.04", net.num_parameters());
    let mut step = net.compile_loss::<Dim<200>>(Options::default())?.into_step(Adam::new(0.01))?;
    let schedule = Cosine { rate: 0.01, floor: 0.0, steps };
    for number in 0..steps {
        step.optimizer().follow(&schedule);
        let loss = step.run((&x, &y))?;
        if (number + 1).is_multiple_of((steps / 6).max(1)) {
            println!("step {:5}  loss {loss:.4}", number + 1);
        }
    }

    // Another function of the same model, for another batch: it sees what the step has learnt.
    let mut predict = net.compile_forward::<Dim<72>>(Options::default())?;
    let grid = Tensor::<f32, shape![72, 1]>::from_fn(|[row, _]| -3.0 + 6.0 * row as f32 / 71.0);
    let learnt = predict.run((&grid,))?;

    let error = learnt.zip(&grid, |y, x| (y - truth(x)).powi(2)).as_slice().iter().sum::<f32>() / 72.0;
    println!("mean squared error against the truth without noise: {error:.4}\n");
    print!("{}", plot(72, 20, &[('·', &pairs(&x, &y)), ('█', &pairs(&grid, &learnt))]));
    println!("           · the points    █ what the network has learnt");
    Ok(())
}

fn pairs<N: Dimension>(x: &Tensor<f32, shape![N, 1]>, y: &Tensor<f32, shape![N, 1]>) -> Vec<(f64, f64)> {
    x.as_slice().iter().zip(y.as_slice()).map(|(&x, &y)| (x.into(), y.into())).collect()
}
