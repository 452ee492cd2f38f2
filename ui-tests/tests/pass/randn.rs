use session::prelude::*;

pub fn case(seed: u64, rng: &mut session::random::Rng) {
    Tensor::<f32, shape![3]>::randn(rng);
}
