//! What the tests of the kernels and those of the tape have in common. The module around it has `Float`, `Processor`
//! and the rest.

use proptest::prelude::*;

use super::{Float, InstructionSet, Processor, Threads};

/// Calls `check` on each instruction set, with one and with two threads.
pub(crate) fn on_every_processor(mut check: impl FnMut(&Processor)) {
    thread_local! {
        static PROCESSORS: Vec<Processor> = InstructionSet::available()
            .flat_map(|instruction_set| {
                [1, 2].map(|threads| Processor { instruction_set, threads: Threads::always(threads) })
            })
            .collect();
    }
    PROCESSORS.with(|processors| processors.iter().for_each(&mut check));
}

/// Asserts equal bits, all NaNs counting as one.
#[track_caller]
pub(crate) fn assert_bits<T: Float>(processor: &Processor, what: &str, found: &[T], expected: &[T]) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            found.bits() == expected.bits(),
            "{what} on {processor:?}: element {i} is {found:?}, expected {expected:?}"
        );
    }
}

/// Numbers that follow from a seed: `special` in 256 are zeros of both signs, infinities, NaN,
/// subnormals and products that vanish.
pub(crate) struct Numbers {
    state: u64,
    special: u64,
}

impl Numbers {
    pub(crate) fn new(seed: u64, special: u64) -> Self {
        Self { state: seed, special }
    }

    fn next_bits(&mut self) -> u64 {
        // SplitMix64
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn next<T: Float>(&mut self) -> T {
        let bits = self.next_bits();
        let tiny = if size_of::<T>() == 4 { 1e-42 } else { 1e-310 };
        let vanishing = if size_of::<T>() == 4 { 1e-25 } else { 1e-170 };
        let sign = if bits & 1 == 0 { 1.0 } else { -1.0 };
        if (bits >> 8) & 255 >= self.special {
            return T::from_f64((bits >> 11) as f64 / (1u64 << 52) as f64 - 1.0);
        }
        T::from_f64(match (bits >> 16) % 12 {
            0..5 => sign * 0.0,
            5..7 => sign * tiny,
            7..10 => sign * vanishing,
            10 => sign * f64::INFINITY,
            _ => f64::NAN,
        })
    }

    pub(crate) fn take<T: Float>(&mut self, count: usize) -> Vec<T> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// A seed and how many numbers are special: none, few, or many.
pub(crate) fn numbers() -> impl Strategy<Value = (u64, u64)> {
    (any::<u64>(), prop_oneof![Just(0), Just(2), Just(40), Just(200)])
}

/// Runs a test that is generic over the number for `f32` and `f64`.
macro_rules! both {
    ($function:ident($($argument:expr),*)) => {{
        $function::<f32>($($argument),*);
        $function::<f64>($($argument),*);
    }};
}
pub(crate) use both;
