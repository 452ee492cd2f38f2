//! The natural logarithm and the softplus.

use super::exp::exp_pair;
use super::{Binary, polynomial};

/// `ln(x) + correction` for a positive finite x and a correction that is small beside it or alone.
#[inline(always)]
fn ln_positive<T: Binary>(x: T, correction: T) -> T {
    let (k, m) = x.split();
    let f = m - T::ONE;
    let s = f / (f + T::TWO);
    let z = s * s;
    let rest = polynomial(z, T::LN) * z;
    // ln(m) = s (2 + rest) = f - (f^2 / 2 - s (f^2 / 2 + rest)): f is exact and the rest small.
    let half = T::HALF * f * f;
    let small = half - s.mul_add(half + rest, k.mul_add(T::LN_2_LOW, correction));
    k.mul_add(T::LN_2_HIGH, f - small)
}

/// The natural logarithm.
#[inline(always)]
pub(super) fn ln<T: Binary>(x: T) -> T {
    let positive = if x == T::INFINITY { x } else { ln_positive(x, T::ZERO) };
    let other = if x == T::ZERO { -T::INFINITY } else { T::NAN };
    if x > T::ZERO { positive } else { other }
}

/// `max(x, 0) + ln(1 + e^-|x|)`.
#[inline(always)]
pub(super) fn softplus<T: Binary>(x: T) -> T {
    let (e, low) = exp_pair(-x.abs());
    let sum = T::ONE + e;
    let rest = e - (sum - T::ONE) + low;
    let positive = if x <= T::ZERO { T::ZERO } else { x };
    // The sum lost `rest`, which is worth rest / sum in the logarithm, and all of it if e is small.
    positive + ln_positive(sum, rest / sum)
}
