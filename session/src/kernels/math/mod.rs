//! The elementary functions, our own: the same bits on every instruction set and platform.
//!
//! Each is one piece of source made of `+ - * /`, `mul_add`, bit patterns and selects, all of which
//! give the same bits everywhere. None branches on x (but `sin` and `cos`, for huge arguments), so a
//! loop over a slice vectorises under whatever `#[target_feature]` its caller has.
//! `coefficients.py` derives the constants.
//!
//! The largest errors found, in ulp: over every `f32` argument (for `pow` a sample of them, with
//! seven exponents), and over 300,000 `f64` arguments of each function against results computed
//! with 200 bits or more:
//!
//! |     | exp  | ln   | sin  | cos  | tanh | sigmoid | softplus | erf  | pow  |
//! |-----|------|------|------|------|------|---------|----------|------|------|
//! | f32 | 0.99 | 0.84 | 0.50 | 0.50 | 1.64 | 0.99    | 1.31     | 1.21 | 0.50 |
//! | f64 | 0.93 | 0.77 | 0.80 | 0.74 | 1.66 | 0.92    | 1.23     | 1.15 | 1.31 |
//!
//! To measure again (the tests in daily use take a sample of either):
//!
//! ```text
//! python3 session/src/kernels/math/coefficients.py reference 300000 target/reference
//! export MATH_REFERENCE=$PWD/target/reference MATH_STRIDE=1 RUSTFLAGS="-C target-cpu=native"
//! cargo test --release -p session-kernels math -- --nocapture
//! ```

mod coefficients;
mod erf;
mod exp;
mod hyperbolic;
mod ln;
mod pow;
#[cfg(test)]
mod tests;
mod trigonometric;

use std::ops::{Add, Div, Mul, Neg, Sub};

/// The polynomials of the error function of `f64`, highest power first, for engines that have no such function.
#[derive(Clone, Copy, Debug)]
pub struct ErrorFunction;

impl ErrorFunction {
    /// `erf(x) / x - 1` in `x²` for `|x| <` [`SPLIT`](Self::SPLIT).
    pub const NEAR: &'static [f64] = f64::ERF_NEAR;
    /// `ln(1 - erf(x))` in `x -` [`SPLIT`](Self::SPLIT), from there to [`END`](Self::END).
    pub const FAR: &'static [f64] = f64::ERF_FAR;
    /// Where the one ends and the other begins.
    pub const SPLIT: f64 = f64::ERF_SPLIT;
    /// From where the function is 1.
    pub const END: f64 = f64::ERF_END;
}

/// The constants of the functions in one width, in `coefficients.rs`; polynomials highest power first.
trait Coefficients: Sized + 'static {
    const LN_2_HIGH: Self;
    const LN_2_LOW: Self;
    /// `(e^r - 1 - r) / r^2` for `|r| <= ln(2) / 2`.
    const EXP: &'static [Self];
    /// `(ln(m) / s - 2) / s^2` in `s^2`, `s = (m - 1) / (m + 1)`, for m between the roots of 1/2 and 2.
    const LN: &'static [Self];
    const ERF_SPLIT: Self;
    const ERF_END: Self;
    /// `erf(x) / x - 1` in `x^2` below the split.
    const ERF_NEAR: &'static [Self];
    /// `ln(1 - erf(x))` in `x - ERF_SPLIT` between the split and the end, from where erf is 1.
    const ERF_FAR: &'static [Self];
}

/// A float as the functions see it: a bit pattern of sign, exponent and mantissa.
trait Binary:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + PartialOrd
    + Coefficients
{
    const ZERO: Self;
    const HALF: Self;
    const ONE: Self;
    const TWO: Self;
    const INFINITY: Self;
    const NAN: Self;
    const LOG2_E: Self;
    /// Adding this rounds to an integer, which is then in the low bits of the pattern. (Conversions
    /// to integers saturate and do not vectorise.)
    const ROUNDER: Self;
    /// Below it e^x rounds to zero, also in two steps.
    const EXP_LOW: Self;
    /// Above it e^x is infinite.
    const EXP_HIGH: Self;
    /// Where tanh has become 1.
    const TANH_END: Self;
    /// `self * factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// This magnitude under that sign.
    fn copysign(self, sign: Self) -> Self;
    /// 2^n of `n + ROUNDER`, for a normal result.
    fn power_of_two(rounded: Self) -> Self;
    /// 2^n of `n + ROUNDER` for n <= 0, subnormal or zero where it has to be.
    fn power_at_most_one(rounded: Self) -> Self;
    /// Two normal factors of 2^n of `n + ROUNDER`; n is at most a bit beyond the range of exponents.
    fn power_of_two_factors(rounded: Self) -> (Self, Self);
    /// `(k, m)` with `self = 2^k m` and m between the roots of 1/2 and 2; for positive finite numbers.
    fn split(self) -> (Self, Self);
}

macro_rules! binary {
    ($($float:ident $bits:ident $exp_low:literal $exp_high:literal $tanh_end:literal;)*) => {$(
        impl Binary for $float {
            const ZERO: Self = 0.0;
            const HALF: Self = 0.5;
            const ONE: Self = 1.0;
            const TWO: Self = 2.0;
            const INFINITY: Self = $float::INFINITY;
            const NAN: Self = $float::NAN;
            const LOG2_E: Self = std::$float::consts::LOG2_E;
            const ROUNDER: Self = 1.5 / $float::EPSILON;
            const EXP_LOW: Self = $exp_low;
            const EXP_HIGH: Self = $exp_high;
            const TANH_END: Self = $tanh_end;
            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                $float::mul_add(self, factor, addend)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                $float::copysign(self, sign)
            }
            #[inline(always)]
            fn power_of_two(rounded: Self) -> Self {
                // The shift drops the pattern of ROUNDER itself.
                $float::from_bits(rounded.to_bits().wrapping_add(Self::BIAS) << Self::MANTISSA)
            }
            #[inline(always)]
            fn power_at_most_one(rounded: Self) -> Self {
                const LIFT: $bits = 64;
                let lifted = rounded.to_bits().wrapping_add(Self::BIAS + LIFT) << Self::MANTISSA;
                $float::from_bits(lifted) * (1.0 / (1u128 << LIFT) as $float)
            }
            #[inline(always)]
            fn power_of_two_factors(rounded: Self) -> (Self, Self) {
                let n = rounded.to_bits().wrapping_sub(Self::ROUNDER.to_bits()).wrapping_add(2 * Self::BIAS);
                let half = n >> 1;
                ($float::from_bits(half << Self::MANTISSA), $float::from_bits(n.wrapping_sub(half) << Self::MANTISSA))
            }
            #[inline(always)]
            fn split(self) -> (Self, Self) {
                const ROOT: $bits = std::$float::consts::FRAC_1_SQRT_2.to_bits();
                let small = self < $float::MIN_POSITIVE;
                let normal = if small { self * (1.0 / $float::EPSILON) } else { self };
                let above = normal.to_bits().wrapping_sub(ROOT).wrapping_add(Self::BIAS << Self::MANTISSA);
                let exponent = $float::from_bits((above >> Self::MANTISSA) | Self::ROUNDER.to_bits()) - Self::ROUNDER;
                let bias = if small { (Self::BIAS + Self::MANTISSA) as $float } else { Self::BIAS as $float };
                (exponent - bias, $float::from_bits((above & Self::FRACTION) + ROOT))
            }
        }

        impl Pattern for $float {
            type Bits = $bits;
            const MANTISSA: $bits = $float::MANTISSA_DIGITS as $bits - 1;
            const BIAS: $bits = $float::MAX_EXP as $bits - 1;
            const FRACTION: $bits = (1 << <$float as Pattern>::MANTISSA) - 1;
        }

        #[doc = concat!("The functions of `", stringify!($float), "`.")]
        pub mod $float {
            use super::{erf, exp, hyperbolic, ln, pow, trigonometric};

            /// e to the power x.
            #[inline(always)]
            pub fn exp(x: $float) -> $float {
                exp::exp(x)
            }
            /// The natural logarithm.
            #[inline(always)]
            pub fn ln(x: $float) -> $float {
                ln::ln(x)
            }
            /// The sine of an angle in radians.
            #[inline(always)]
            pub fn sin(x: $float) -> $float {
                if x.abs() <= MODERATE_ANGLE { sin_moderate(x) } else { trigonometric::sin_huge(x.into()) as $float }
            }
            /// The cosine of an angle in radians.
            #[inline(always)]
            pub fn cos(x: $float) -> $float {
                if x.abs() <= MODERATE_ANGLE { cos_moderate(x) } else { trigonometric::cos_huge(x.into()) as $float }
            }
            /// Up to this magnitude `sin_moderate` and `cos_moderate` are `sin` and `cos`.
            pub const MODERATE_ANGLE: $float = 1_073_741_824.0;
            /// The bits of `sin` up to `MODERATE_ANGLE`, nonsense beyond; no branch, so it vectorises.
            #[inline(always)]
            pub fn sin_moderate(x: $float) -> $float {
                trigonometric::sin_moderate(x.into()) as $float
            }
            /// The bits of `cos` up to `MODERATE_ANGLE`, nonsense beyond; no branch, so it vectorises.
            #[inline(always)]
            pub fn cos_moderate(x: $float) -> $float {
                trigonometric::cos_moderate(x.into()) as $float
            }
            /// The hyperbolic tangent.
            #[inline(always)]
            pub fn tanh(x: $float) -> $float {
                hyperbolic::tanh(x)
            }
            /// `1 / (1 + e^-x)`.
            #[inline(always)]
            pub fn sigmoid(x: $float) -> $float {
                hyperbolic::sigmoid(x)
            }
            /// `max(x, 0) + ln(1 + e^-|x|)`.
            #[inline(always)]
            pub fn softplus(x: $float) -> $float {
                ln::softplus(x)
            }
            /// The error function.
            #[inline(always)]
            pub fn erf(x: $float) -> $float {
                erf::erf(x)
            }
            /// x to the power of a plain number, with the special cases of IEEE 754.
            #[inline(always)]
            pub fn pow(x: $float, exponent: f64) -> $float {
                pow::pow(x.into(), exponent) as $float
            }
            /// IEEE 754-2019 maximum: NaN wins, `-0 < +0`.
            #[inline(always)]
            pub fn maximum(a: $float, b: $float) -> $float {
                -minimum(-a, -b)
            }
            /// IEEE 754-2019 minimum: NaN wins, `-0 < +0`.
            #[inline(always)]
            pub fn minimum(a: $float, b: $float) -> $float {
                // Both differ only where they are zeros of two signs, or where one is NaN.
                let (first, second) = (if a < b { a } else { b }, if b < a { b } else { a });
                $float::from_bits(first.to_bits() | second.to_bits())
            }
        }
    )*};
}

/// The layout of a bit pattern.
trait Pattern {
    type Bits;
    const MANTISSA: Self::Bits;
    const BIAS: Self::Bits;
    const FRACTION: Self::Bits;
}

binary! {
    f32 u32 -104.0 89.0 10.0;
    f64 u64 -746.0 710.0 20.0;
}

/// The polynomial with these coefficients, highest power first. All but the last two, whose rounding counts, are those of a
/// polynomial in `square`, that of x, whose coefficients are of the first degree: they do not wait for each other.
#[inline(always)]
fn polynomial_by_pairs<T: Binary>(x: T, square: T, coefficients: &[T]) -> T {
    let (high, low) = coefficients.split_at(coefficients.len() - 2);
    let (mut sum, rest) = match high.len() % 2 {
        0 => (high[0].mul_add(x, high[1]), &high[2..]),
        _ => (high[0], &high[1..]),
    };
    for pair in rest.chunks_exact(2) {
        sum = sum.mul_add(square, pair[0].mul_add(x, pair[1]));
    }
    sum.mul_add(x, low[0]).mul_add(x, low[1])
}

/// The polynomial with these coefficients, highest power first.
#[inline(always)]
fn polynomial<T: Binary>(x: T, coefficients: &[T]) -> T {
    let mut sum = coefficients[0];
    for &coefficient in &coefficients[1..] {
        sum = sum.mul_add(x, coefficient);
    }
    sum
}
