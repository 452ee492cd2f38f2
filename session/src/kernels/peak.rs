//! What the machine does at most: what a kernel's speed is compared with.

use std::array::from_fn;
use std::time::Instant;

use super::vector::{Body, Vector};
use super::{InstructionSet, Threads};

/// More than the latency of a multiply-add times the number that begin in a cycle.
const CHAINS: usize = 12;
const LINKS: usize = 200_000;

struct Chains;

impl Body<f32> for Chains {
    /// A number that depends on all chains, and how many lanes a vector has.
    type Output = (f32, usize);
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<f32>>(self) -> (f32, usize) {
        // SAFETY: the caller answers for the instruction set; only the first lane is stored.
        unsafe {
            let factor = V::splat(std::hint::black_box(0.999));
            let mut chains: [V; CHAINS] = from_fn(|chain| V::splat(chain as f32));
            for _ in 0..LINKS {
                for chain in &mut chains {
                    *chain = chain.mul_add(factor, factor);
                }
            }
            let mut lane = 0.0;
            let first = V::mask(1);
            chains
                .into_iter()
                .reduce(|sum, chain| sum.add(chain))
                .expect("there are chains")
                .store_masked(&mut lane, first);
            (lane, V::LANES)
        }
    }
}

/// The most floating-point operations in `f32` that `threads` threads reach together, in GFLOP/s: chains of
/// multiply-adds in registers, each counted as two.
///
/// ```
/// assert!(session_kernels::peak::multiply_add(1) > 0.1);
/// ```
pub fn multiply_add(threads: usize) -> f64 {
    let (set, pool) = (InstructionSet::best(), Threads::new(threads));
    let chains = || if set == InstructionSet::NONE { one_by_one() } else { set.run(Chains) };
    let (_, lanes) = chains();
    let flops = (2 * CHAINS * LINKS * pool.count() * lanes) as f64;
    best(|| {
        pool.for_each(pool.count(), |_| {
            std::hint::black_box(chains());
        });
        flops
    })
}

/// The chains without vectors.
fn one_by_one() -> (f32, usize) {
    let factor = std::hint::black_box(0.999_f32);
    let mut chains: [f32; CHAINS] = from_fn(|chain| chain as f32);
    for _ in 0..LINKS {
        for chain in &mut chains {
            *chain = chain.mul_add(factor, factor);
        }
    }
    (chains.into_iter().sum(), 1)
}

/// The most bytes that `threads` threads move together between memory and the processor, in GB/s: `a = b + 0.5 c` over
/// arrays that fit no cache. Each array counts once, though a processor may also read what it writes.
pub fn triad(threads: usize) -> f64 {
    const LENGTH: usize = 1 << 24;
    let pool = Threads::new(threads);
    let (b, c) = (vec![1.0_f32; LENGTH], vec![2.0_f32; LENGTH]);
    let mut a = vec![0.0_f32; LENGTH];
    best(|| {
        pool.for_each_rows(pool.count(), LENGTH, &mut a, &mut [], |rows, a, _| {
            for ((a, &b), &c) in a.iter_mut().zip(&b[rows.clone()]).zip(&c[rows]) {
                *a = b + 0.5 * c;
            }
        });
        (3 * size_of::<f32>() * LENGTH) as f64
    })
}

/// The work per nanosecond of the fastest of several runs.
fn best(mut run: impl FnMut() -> f64) -> f64 {
    let once = |_| {
        let begin = Instant::now();
        let work = run();
        work / begin.elapsed().as_nanos().max(1) as f64
    };
    (0..20).map(once).fold(0.0, f64::max)
}
