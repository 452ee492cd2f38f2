//! Fingerprints: the hash of an expression in place of its value.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::OnceLock;

use super::{Scalar, Symbol, sealed};

mod record;

pub(crate) use record::recorded;

/// 128 bits that stand for an expression: what a [`Term`](super::Term) says, in constant memory.
///
/// No law of arithmetic holds: `x * y` and `y * x` have different fingerprints, and so have two orders of a sum.
/// Two evaluations that give the same fingerprint compute the same expression, operation by operation, unless two
/// of the expressions that were met collide: among n of them with a probability of about n²/2¹²⁹ over the key,
/// which is drawn from the system, anew for each process.
///
/// ```
/// use session::scalar::{Fingerprint, Scalar, Symbol};
///
/// let (x, y) = (Fingerprint::variable(0), Fingerprint::variable(1));
/// assert_eq!(x * y, x * y);
/// assert_ne!(x * y, y * x);
/// assert_ne!(x.mul_add(y, x), x * y + x);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u64; 2]);

/// The secret of the process.
struct Key {
    rounds: [u64; 3],
    /// The state after each head: taken in by itself, so that no operand can make up for another head.
    heads: [[u64; 2]; HEADS],
}

static KEY: OnceLock<Key> = OnceLock::new();

impl Key {
    fn of(mut word: impl FnMut(u64) -> u64) -> Self {
        let start = [word(0), word(1)];
        let mut key = Self { rounds: [word(2), word(3), word(4)], heads: [start; HEADS] };
        key.heads = std::array::from_fn(|head| key.absorb(start, [head as u64, !0]));
        key
    }

    #[inline(always)]
    fn get() -> &'static Self {
        KEY.get_or_init(|| {
            let system = [RandomState::new(), RandomState::new()];
            Self::of(|index| system[0].hash_one(index) ^ system[1].hash_one(!index))
        })
    }

    /// The state with two more words taken in: a keyed permutation, three rounds of Feistel's network.
    #[inline(always)]
    fn absorb(&self, [a, b]: [u64; 2], [x, y]: [u64; 2]) -> [u64; 2] {
        let [mut a, mut b] = [a ^ x, b ^ y];
        a ^= fold(b ^ self.rounds[0]);
        b ^= fold(a ^ self.rounds[1]);
        a ^= fold(b ^ self.rounds[2]);
        [a, b]
    }
}

/// The two halves of a product, each bit of which depends on all lower and all higher bits of the word.
#[inline(always)]
fn fold(word: u64) -> u64 {
    // An odd number without pattern: 2^64 divided by the golden ratio.
    let product = u128::from(word) * 0x9e37_79b9_7f4a_7c15;
    product as u64 ^ (product >> 64) as u64
}

/// What an expression is at its outermost.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
enum Head {
    Variable = 1,
    Literal,
    Add,
    Sub,
    Mul,
    Div,
    Neg,
    MulAdd,
    Sqrt,
    Exp,
    Ln,
    Sin,
    Cos,
    Tanh,
    Sigmoid,
    Softplus,
    Erf,
    Pow,
    Maximum,
    Minimum,
    SelectGt,
    SelectNan,
}

/// The number of heads, with 0 for the random functions of the prime field.
const HEADS: usize = Head::SelectNan as usize + 1;

impl Fingerprint {
    /// Sets a key that is the same in each process, so that fingerprints can be written down in tests.
    ///
    /// An expression can then be chosen such that it collides with another; checks of programs that are not one's
    /// own leave the key to the system.
    ///
    /// # Panics
    /// If this process has used its key before.
    #[track_caller]
    pub fn fix_key() {
        // The fractional digits of pi.
        let start = 0x243f_6a88_85a3_08d3_u64;
        let fixed = Key::of(|index| fold(start.wrapping_add(index.wrapping_mul(0x1319_8a2e_0370_7345))));
        assert!(KEY.set(fixed).is_ok(), "the key of fingerprints is in use");
    }

    /// The two halves.
    #[inline]
    pub fn words(self) -> [u64; 2] {
        self.0
    }

    /// Back from [`words`](Self::words).
    #[inline(always)]
    pub(super) fn from_words(words: [u64; 2]) -> Self {
        Self(words)
    }

    /// The number of operands belongs to the head, so no list of words is the beginning of another.
    #[inline(always)]
    fn of<const N: usize>(head: Head, operands: [[u64; 2]; N]) -> Self {
        let key = Key::get();
        let state = key.heads[head as usize];
        let fingerprint = Self(operands.iter().fold(state, |state, &operand| key.absorb(state, operand)));
        if record::is_on() {
            record::note(fingerprint, head, &operands);
        }
        fingerprint
    }

    #[inline(always)]
    fn apply<const N: usize>(head: Head, operands: [Self; N]) -> Self {
        let mut words = [[0; 2]; N];
        for (word, operand) in words.iter_mut().zip(operands) {
            *word = operand.0;
        }
        Self::of(head, words)
    }
}

/// The bits of a number, all NaNs counting as one.
fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

impl Symbol for Fingerprint {
    fn variable(number: usize) -> Self {
        Self::of(Head::Variable, [[number as u64, 0], [0, 0]])
    }
}

impl sealed::Sealed for Fingerprint {}

macro_rules! operators {
    ($($operator:ident $method:ident;)*) => {$(
        impl $operator for Fingerprint {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self::apply(Head::$operator, [self, other])
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl Neg for Fingerprint {
    type Output = Self;
    #[inline(never)]
    fn neg(self) -> Self {
        Self::apply(Head::Neg, [self])
    }
}

macro_rules! functions {
    ($($function:ident $head:ident;)*) => {$(
        #[inline(never)]
        fn $function(self) -> Self {
            Self::apply(Head::$head, [self])
        }
    )*};
}

impl Scalar for Fingerprint {
    // Out of line is what no inner loop is made of.
    #[inline(never)]
    fn literal(value: f64) -> Self {
        Self::of(Head::Literal, [[bits(value), 0], [0, 0]])
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // The addend comes last: in a chain it is what has to be waited for.
        Self::apply(Head::MulAdd, [self, factor, addend])
    }

    functions! {
        sqrt Sqrt;
        exp Exp;
        ln Ln;
        sin Sin;
        cos Cos;
        tanh Tanh;
        sigmoid Sigmoid;
        softplus Softplus;
        erf Erf;
    }

    #[inline(never)]
    fn pow(self, exponent: f64) -> Self {
        Self::of(Head::Pow, [self.0, [bits(exponent), 0]])
    }

    #[inline(never)]
    fn maximum(self, other: Self) -> Self {
        Self::apply(Head::Maximum, [self, other])
    }

    #[inline(never)]
    fn minimum(self, other: Self) -> Self {
        Self::apply(Head::Minimum, [self, other])
    }

    fn carry(self, _: Self) -> Self {
        self
    }

    #[inline(never)]
    fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self {
        Self::apply(Head::SelectGt, [a, b, x, y])
    }

    #[inline(never)]
    fn select_nan(a: Self, x: Self, y: Self) -> Self {
        Self::apply(Head::SelectNan, [a, x, y])
    }
}

/// 64 bits that depend on a word, a tag and the key: a random function.
pub(super) fn oracle(tag: u64, word: u64, attribute: u64) -> u64 {
    let key = Key::get();
    key.absorb(key.absorb(key.heads[0], [word, attribute]), [tag, !0])[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Expressions that differ in any one thing differ in their fingerprints.
    #[test]
    fn every_part_counts() {
        let [x, y, z, w] = [0, 1, 2, 3].map(Fingerprint::variable);
        let expressions = [
            x,
            y,
            Fingerprint::literal(0.0),
            Fingerprint::literal(-0.0),
            Fingerprint::literal(1.0),
            Fingerprint::literal(f64::NAN),
            x + y,
            y + x,
            x - y,
            x * y,
            y * x,
            x / y,
            -x,
            x.mul_add(y, z),
            y.mul_add(x, z),
            x.mul_add(y, w),
            x * y + z,
            x.sqrt(),
            x.exp(),
            x.ln(),
            x.sin(),
            x.cos(),
            x.tanh(),
            x.sigmoid(),
            x.softplus(),
            x.erf(),
            x.pow(2.0),
            x.pow(3.0),
            x.maximum(y),
            y.maximum(x),
            x.minimum(y),
            (x + y) + z,
            x + (y + z),
            Fingerprint::select_gt(x, y, z, w),
            Fingerprint::select_gt(y, x, z, w),
            Fingerprint::select_gt(x, y, w, z),
            Fingerprint::select_nan(x, y, z),
            Fingerprint::select_nan(x, z, y),
        ];
        let distinct: HashSet<_> = expressions.iter().collect();
        assert_eq!(distinct.len(), expressions.len());
        assert_eq!(Fingerprint::literal(f64::NAN), Fingerprint::literal(-f64::NAN));
        assert_eq!(x.carry(y), x);
    }

    /// No word makes up for another head: not a small number, nor one whose bits are a small number.
    #[test]
    fn heads_are_kept_apart() {
        let mut seen = HashSet::new();
        for word in 0..200 {
            let literal = Fingerprint::literal(f64::from_bits(word));
            let variable = Fingerprint::variable(word as usize);
            for expression in [
                literal,
                variable,
                -literal,
                -variable,
                literal.exp(),
                variable.exp(),
                variable.pow(f64::from_bits(word)),
            ] {
                assert!(seen.insert(expression), "{word}: two expressions have one fingerprint");
            }
            for tag in 0..13 {
                assert!(seen.insert(Fingerprint([oracle(tag, word, 0), 0])), "{word}: two random functions meet");
            }
        }
    }

    /// A change of any bit of an operand changes about half of the bits, each about half of the times.
    #[test]
    fn every_bit_spreads() {
        let distance =
            |a: Fingerprint, b: Fingerprint| -> u32 { a.0.iter().zip(b.0).map(|(a, b)| (a ^ b).count_ones()).sum() };
        let mut changed = [0u32; 128];
        let samples = 64;
        for sample in 0..samples {
            let (x, y) = (Fingerprint::variable(2 * sample), Fingerprint::variable(2 * sample + 1));
            for bit in 0..128 {
                let mut flipped = x;
                flipped.0[bit / 64] ^= 1 << (bit % 64);
                for (left, right) in [(x + y, flipped + y), (y + x, y + flipped)] {
                    // Half of 128 bits, within six standard deviations of a fair coin.
                    assert!((30..=98).contains(&distance(left, right)), "bit {bit}: {}", distance(left, right));
                    for (index, count) in changed.iter_mut().enumerate() {
                        *count += ((left.0[index / 64] ^ right.0[index / 64]) >> (index % 64) & 1) as u32;
                    }
                }
            }
        }
        let trials = 2.0 * 128.0 * samples as f64;
        for (index, &count) in changed.iter().enumerate() {
            let share = f64::from(count) / trials;
            assert!((share - 0.5).abs() < 0.03, "bit {index} changes in {share} of the cases");
        }
    }

    #[test]
    fn a_million_expressions_are_distinct() {
        let mut seen = HashSet::new();
        let mut sum = Fingerprint::literal(0.0);
        for number in 0..1_000_000 {
            sum = Fingerprint::variable(number % 7).mul_add(Fingerprint::variable(number % 11), sum);
            assert!(seen.insert(sum.words()[0]), "64 of its bits are those of an earlier one");
        }
    }
}
