//! Random numbers: the same on every machine, for every seed.

use std::ops::DerefMut;

use crate::scalar::{Float, Scalar};

/// A counter-based random number generator: Philox4x32-10 (Salmon and others, 2011).
///
/// A seed has 2^64 independent streams of 2^66 words each. The numbers, those of
/// [`normal`](Self::normal) included, are the same bits on every platform; the `f32` numbers are the
/// `f64` numbers of the same seed, rounded. Not for cryptography. `torch.Generator` in PyTorch,
/// which has the same generator on the GPU.
///
/// ```
/// use session::random::Rng;
///
/// let mut rng = Rng::new(7);
/// let again = Rng::new(7).uniform::<f64>();
/// assert_eq!(rng.uniform::<f64>(), again);
/// assert_ne!(Rng::with_stream(7, 1).uniform::<f64>(), again);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rng {
    key: [u32; 2],
    stream: u64,
    /// The number of the next block of four words.
    block: u64,
    words: [u32; 4],
    /// How many of `words` are already given out.
    used: usize,
    /// The second number of the last Box-Muller pair.
    spare: Option<f64>,
    blank: bool,
}

/// What random numbers are taken from: `s.rng()` of a session, `&mut rng`, or an [`Rng`] behind any other pointer.
///
/// ```
/// use session::prelude::*;
/// use session::random::Rng;
///
/// let s = Session::<f32>::new(Options::default());
/// let _ = Tensor::<f32, shape![3]>::randn(s.rng());
/// let _ = Tensor::<f32, shape![3]>::randn(&mut Rng::new(7));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no random numbers",
    label = "not a generator",
    note = "pass `s.rng()` of a session `s`, or `&mut Rng::new(seed)`"
)]
pub trait Generator: DerefMut<Target = Rng> {}

#[diagnostic::do_not_recommend]
impl<R: DerefMut<Target = Rng>> Generator for R {}

impl Rng {
    /// Stream 0 of a seed.
    pub fn new(seed: u64) -> Self {
        Self::with_stream(seed, 0)
    }

    /// One of the 2^64 independent streams of a seed.
    pub fn with_stream(seed: u64, stream: u64) -> Self {
        Self { key: halves(seed), stream, block: 0, words: [0; 4], used: 4, spare: None, blank: false }
    }

    /// A generator for values that nobody reads: tensors made with it are zeros, at no cost.
    #[doc(hidden)]
    pub fn blank() -> Self {
        Self { blank: true, ..Self::new(0) }
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.blank
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == self.words.len() {
            let ([low, high], [stream_low, stream_high]) = (halves(self.block), halves(self.stream));
            self.words = philox([low, high, stream_low, stream_high], self.key);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// 64 random bits: the first word is the low half.
    pub fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        low | u64::from(self.next_u32()) << 32
    }

    /// A number from the uniform distribution over `0..1`: never 1 (`torch.rand`).
    ///
    /// All multiples of 2^-24 (`f32`) or 2^-53 (`f64`) are equally likely.
    pub fn uniform<T: Float>(&mut self) -> T {
        // Rounded down, not to nearest, so that an f32 never becomes 1.
        let digits = if T::NAME == "F32" { 24 } else { 53 };
        let bits = self.next_u64() >> (64 - digits);
        T::from_f64(bits as f64 / (1_u64 << digits) as f64)
    }

    /// A number from the standard normal distribution (`torch.randn`), by Box and Muller's method.
    ///
    /// ```
    /// # use session::random::Rng;
    /// let mut rng = Rng::new(0);
    /// let mean = (0..10_000).map(|_| rng.normal::<f64>()).sum::<f64>() / 10_000.0;
    /// assert!(mean.abs() < 0.03);
    /// ```
    pub fn normal<T: Float>(&mut self) -> T {
        let number = self.spare.take().unwrap_or_else(|| {
            // 1 - u lies in (0, 1], so the logarithm is finite. The functions are this crate's own:
            // the standard library's differ between platforms.
            let radius = Scalar::sqrt(-2.0 * Scalar::ln(1.0 - self.uniform::<f64>()));
            let angle = std::f64::consts::TAU * self.uniform::<f64>();
            self.spare = Some(radius * Scalar::sin(angle));
            radius * Scalar::cos(angle)
        });
        T::from_f64(number)
    }

    /// A whole number below `bound`, each equally likely (`torch.randint`).
    ///
    /// # Panics
    /// If `bound` is 0.
    ///
    /// ```
    /// # use session::random::Rng;
    /// assert!(Rng::new(3).below(6) < 6);
    /// ```
    #[track_caller]
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "no whole number is below 0");
        let bound = bound as u64;
        // Lemire's method: the high half of bits * bound, without the few values that would make
        // some results likelier.
        let surplus = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= surplus {
                return (product >> 64) as usize;
            }
        }
    }

    /// Puts the items into a random order, each equally likely (`torch.randperm` as the index).
    ///
    /// ```
    /// # use session::random::Rng;
    /// let mut items = [1, 2, 3, 4];
    /// Rng::new(3).shuffle(&mut items);
    /// items.sort();
    /// assert_eq!(items, [1, 2, 3, 4]);
    /// ```
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

pub(crate) fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// Philox4x32 with ten rounds: a bijection of the counter, another for every key.
pub(crate) fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let first = halves(u64::from(counter[0]) * 0xD251_1F53);
        let second = halves(u64::from(counter[2]) * 0xCD9E_8D57);
        counter = [second[1] ^ counter[1] ^ key[0], second[0], first[1] ^ counter[3] ^ key[1], first[0]];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_published_answers() {
        // tests/kat_vectors of the Random123 distribution.
        let pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
        assert_eq!(philox([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
        assert_eq!(philox(pi, [0xa4093822, 0x299f31d0]), [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
    }

    #[test]
    fn the_words_of_a_stream_are_the_blocks_of_its_counter() {
        let mut rng = Rng::with_stream(0x299f31d0_a4093822, 0x03707344_13198a2e);
        rng.block = 0x85a308d3_243f6a88;
        let words = [rng.next_u32(), rng.next_u32(), rng.next_u32(), rng.next_u32()];
        assert_eq!(words, [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
        assert_eq!(rng.next_u32(), philox([0x243f6a89, 0x85a308d3, 0x13198a2e, 0x03707344], rng.key)[0]);
        assert_eq!(Rng::new(0).next_u64(), 0xe169c58d_6627e8d5);
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        let (mut single, mut double) = (Rng::new(5), Rng::new(5));
        for _ in 0..1000 {
            let (x, y) = (single.uniform::<f32>(), double.uniform::<f64>());
            assert!((0.0..1.0).contains(&x) && (0.0..1.0).contains(&y));
            assert!((0.0..1.0 / 16_777_216.0).contains(&(y - f64::from(x))));
            assert_eq!(single.normal::<f32>(), double.normal::<f64>() as f32);
        }
    }

    #[test]
    fn the_moments_are_those_of_the_distributions() {
        let mut rng = Rng::new(11);
        let count = 200_000;
        let mean = |values: &[f64], power: i32| values.iter().map(|x| x.powi(power)).sum::<f64>() / count as f64;
        let uniform: Vec<f64> = (0..count).map(|_| rng.uniform()).collect();
        assert!((mean(&uniform, 1) - 0.5).abs() < 0.003);
        assert!((mean(&uniform, 2) - 1.0 / 3.0).abs() < 0.003);
        let normal: Vec<f64> = (0..count).map(|_| rng.normal()).collect();
        for (power, expected, tolerance) in [(1, 0.0, 0.01), (2, 1.0, 0.02), (3, 0.0, 0.05), (4, 3.0, 0.1)] {
            assert!((mean(&normal, power) - expected).abs() < tolerance, "moment {power}");
        }
    }

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let mut rng = Rng::new(2);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..12_000 {
            let mut items = [0, 1, 2];
            rng.shuffle(&mut items);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| (1850..2150).contains(count)), "{counts:?}");
    }

    #[test]
    fn below_reaches_every_number_and_no_other() {
        let mut rng = Rng::new(9);
        let mut seen = [0; 7];
        (0..7000).for_each(|_| seen[rng.below(7)] += 1);
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        assert_eq!(rng.below(1), 0);
    }

    #[test]
    #[should_panic(expected = "no whole number is below 0")]
    fn nothing_is_below_zero() {
        Rng::new(0).below(0);
    }
}
