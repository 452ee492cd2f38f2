//! 10: physics. A network learns the motion of a damped spring, `u'' + 0.5 u' + 4 u = 0` from u = 1 at rest, of which
//! it is given no solution: the loss is how far the network is from obeying the equation at 64 times.
//!
//! The derivatives are exact: `s.tangent(u, t, one)` records how u changes along t as further nodes, the tangent of that
//! is u'', and reverse mode goes through all of it when it trains. `cargo run --release --example 10-physics -- STEPS`.

use session::optim::Adam;
use session::optim::schedule::Cosine;
use session::prelude::*;
use session::random::Rng;
use session_examples::{argument, plot};

const DAMPING: f64 = 0.5;
const STIFFNESS: f64 = 4.0;
dim!(Times = 64);

graph! {
    struct Motion {
        w1: [32, 1] = normal(0.0, 1.5),
        b1: [32] = uniform(-6.0, 6.0),
        w2: [32, 32] = xavier,
        b2: [32] = zeros,
        w3: [1, 32] = xavier,
        b3: [1] = zeros,
    }

    /// Begins at 1 and at rest, whatever the parameters are.
    fn position<B>(t: [B, 1]) -> [B, 1] {
        let h = tanh(linear(w1, b1, t));
        let h = tanh(linear(w2, b2, h));
        1 + t * t / (1 + t * t) * linear(w3, b3, h)
    }
}

fn exact(t: f64) -> f64 {
    let (decay, speed) = (DAMPING / 2.0, (STIFFNESS - DAMPING * DAMPING / 4.0).sqrt());
    (-decay * t).exp() * ((speed * t).cos() + decay / speed * (speed * t).sin())
}

fn main() -> Result<(), Error> {
    let steps = argument(8000);
    let net = Motion::<f64>::with_rng(&mut Rng::new(0));
    let times = Tensor::<f64, shape![Times, 1]>::from_fn(|[row, _]| 8.0 * row as f64 / 63.0);

    let s = Session::<f64>::new(Options::default());
    let (t, one) = (s.input(times.clone())?, s.input(Tensor::ones())?);
    let u = net.position(&s, t)?;
    let du = s.tangent(u, t, one)?;
    let ddu = s.tangent(du, t, one)?;
    let loss = graph!(s => mean(square(ddu + du * DAMPING + u * STIFFNESS)));
    println!("{} values from t to the loss\n", s.graph().len());

    let (schedule, mut step) = (Cosine { rate: 0.01, floor: 0.0, steps }, s.compile_step(loss, Adam::new(0.01))?);
    for count in 1..=steps {
        step.optimizer().follow(&schedule);
        let loss = step.run(())?;
        if count % (steps / 8).max(1) == 0 {
            println!("step {count:5}  mean squared residual {loss:.2e}");
        }
    }

    let learnt = net.compile_position::<Times>(Options::default())?.run((&times,))?;
    let error = learnt.zip(&times, |u, t| (u - exact(t)).abs()).as_slice().iter().fold(0.0_f64, |a, &b| a.max(b));
    println!("\nfurthest from the exact solution: {error:.1e}\n");
    let points: Vec<_> = times.as_slice().iter().zip(learnt.as_slice()).map(|(&t, &u)| (t, u)).collect();
    let curve: Vec<_> = (0..=640).map(|i| f64::from(i) / 80.0).map(|t| (t, exact(t))).collect();
    println!("{}           · exact    o learnt", plot(72, 20, &[('·', &curve), ('o', &points)]));
    Ok(())
}
