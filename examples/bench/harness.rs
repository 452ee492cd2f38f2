//! Data, timing and output: the same in every program that these workloads are compared with.

use std::time::Instant;

use session::prelude::*;

/// A number in [-1, 1) for each position and seed.
fn hash(position: usize, seed: u32) -> f32 {
    let seeded = seed.wrapping_mul(40_503).wrapping_add(12_345);
    let mut word = (position as u32).wrapping_mul(2_654_435_761).wrapping_add(seeded);
    word = (word ^ word >> 15).wrapping_mul(2_246_822_519);
    word = (word ^ word >> 13).wrapping_mul(3_266_489_917);
    ((word ^ word >> 16) >> 8) as f32 / 8_388_608.0 - 1.0
}

/// Inputs: numbers in [-1, 1).
pub fn data<S: Shape>(seed: u32) -> Tensor<f32, S> {
    scaled(seed, 1.0)
}

/// Parameters of a layer: numbers below 1 / √`inputs`.
pub fn initial<S: Shape>(seed: u32, inputs: usize) -> Tensor<f32, S> {
    scaled(seed, 1.0 / (inputs as f32).sqrt())
}

fn scaled<S: Shape>(seed: u32, scale: f32) -> Tensor<f32, S> {
    let count = S::DIMS.iter().product();
    let numbers = (0..count).map(|position| hash(position, seed) * scale).collect();
    Tensor::from_vec(numbers).expect("as many numbers as the shape has elements")
}

/// Labels of ten classes.
pub fn labels<const COUNT: usize>() -> [usize; COUNT] {
    std::array::from_fn(|position| position * 7 % 10)
}

/// How long a batch of calls should take, and how many batches are timed.
#[derive(Clone, Copy)]
pub struct Timing {
    pub seconds: f64,
    pub batches: usize,
}

/// Nanoseconds of one call: the median, least and largest of the batches.
#[derive(Clone, Copy)]
pub struct Time {
    pub median: f64,
    pub least: f64,
    pub largest: f64,
}

impl Timing {
    /// Times a closure.
    pub fn of(self, mut call: impl FnMut()) -> Time {
        call();
        call();
        let (begin, mut calls) = (Instant::now(), 0_u64);
        while calls < 3 || begin.elapsed().as_secs_f64() < 2.0 * self.seconds {
            call();
            calls += 1;
        }
        let each = begin.elapsed().as_secs_f64() / calls as f64;
        let count = (self.seconds / each).ceil().max(1.0) as u64;
        let batch = |_| {
            let begin = Instant::now();
            (0..count).for_each(|_| call());
            begin.elapsed().as_nanos() as f64 / count as f64
        };
        let mut times: Vec<f64> = (0..self.batches).map(batch).collect();
        times.sort_by(f64::total_cmp);
        Time { median: times[times.len() / 2], least: times[0], largest: times[times.len() - 1] }
    }
}

/// The largest memory that the process has had, in MiB; 0 where the system does not say.
pub fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).map_or(0.0, |kib: f64| kib / 1024.0)
}
