//! 4: a small transformer learns to write a list of digits backwards.

use session::optim::schedule::{Cosine, Schedule, WarmUp};
use session::optim::{Adam, Clipped};
use session::prelude::*;

// Names say what an axis is, in types and in messages.
dim!(Batch = 64, Length = 8, Digit = 10, Width = 32);

const STEPS: usize = 200;

fn main() -> Result<(), Error> {
    let s = Session::<f32>::new(Options::default().seed(1));
    macro_rules! weights {
        ($($axis:tt),*) => { Param::new(Tensor::<f32, shape![$($axis),*]>::randn(s.rng()) * 0.2) };
    }
    // Positions and digits become vectors, attention moves them, and a linear layer reads the digit off.
    let (digits, positions) = (weights!(Digit, Width), weights!(Length, Width));
    let (wq, wk, wv, wo) = (weights!(Width, 32), weights!(Width, 32), weights!(Width, 32), weights!(32, Width));
    let (scale, shift) = (Param::new(Tensor::ones()), Param::new(Tensor::<f32, shape![Width]>::zeros()));
    let (weight, bias) = (weights!(Digit, Width), Param::new(Tensor::<f32, shape![Digit]>::zeros()));

    let schedule = WarmUp { steps: 20, then: Cosine { rate: 0.01, floor: 0.0, steps: STEPS - 20 } };
    let mut optimizer = Clipped::new(Adam::new(schedule.rate(0)), 1.0);
    for step in 0..=STEPS {
        s.reset_tape();
        let given: Vec<usize> = (0..64 * 8).map(|_| s.rng().below(10)).collect();
        let wanted: Vec<usize> = given.chunks(8).flat_map(|list| list.iter().rev().copied()).collect();
        let labels = s.input_nats::<shape![Batch, Length]>(&wanted)?;
        let given = s.input_nats::<shape![Batch, Length]>(&given)?;
        let (digits, positions) = (s.use_param(&digits)?, s.use_param(&positions)?);
        let (wq, wk, wv, wo) = (s.use_param(&wq)?, s.use_param(&wk)?, s.use_param(&wv)?, s.use_param(&wo)?);
        let (scale, shift) = (s.use_param(&scale)?, s.use_param(&shift)?);
        let (weight, bias) = (s.use_param(&weight)?, s.use_param(&bias)?);

        let x = s.broadcast_add(s.embedding(digits, given), positions);
        let moved = s.multi_head_attention(wq, wk, wv, wo, x, Heads::<4>, None);
        let h = s.layer_norm(s.add(x, moved), scale, shift);
        let logits: TensorRef<shape![Batch, Length, Digit]> = s.linear(weight, bias, h);
        let loss = s.cross_entropy(logits, labels);

        if step % 20 == 0 {
            let chosen = s.value(logits)?.argmax_last();
            let right = chosen.iter().zip(&wanted).filter(|(chosen, wanted)| chosen == wanted).count();
            println!("step {step}: loss {:.4}, {right} of {} digits right", s.value(loss)?.value(), wanted.len());
        }
        optimizer.follow(&schedule);
        s.step(loss, &mut optimizer)?;
    }
    Ok(())
}
