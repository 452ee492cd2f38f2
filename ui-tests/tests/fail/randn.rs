// `u64` gives no random numbers
use session::prelude::*;

pub fn case(seed: u64, rng: &mut session::random::Rng) {
    Tensor::<f32, shape![3]>::randn(seed);
}

fn main() {}
