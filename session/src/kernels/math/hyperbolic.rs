//! The sigmoid and the hyperbolic tangent.

use super::Binary;
use super::exp::{exp_pair, reduced};

/// `1 / (1 + e^-x)`, as `e / (1 + e)` with `e = e^-|x|` for negative x: no overflow, no cancellation.
#[inline(always)]
pub(super) fn sigmoid<T: Binary>(x: T) -> T {
    let (e, low) = exp_pair(-x.abs());
    let sum = T::ONE + e;
    let rest = e - (sum - T::ONE);
    let (numerator, remainder) = if x < T::ZERO { (e, low) } else { (T::ONE, T::ZERO) };
    // The quotient of the rounded numbers, then corrected for what their rounding left out.
    let reciprocal = T::ONE / sum;
    let quotient = numerator * reciprocal;
    let error = (-quotient).mul_add(sum, numerator) + remainder;
    (-quotient).mul_add(rest + low, error).mul_add(reciprocal, quotient)
}

/// The hyperbolic tangent, as `E / (E + 2)` with `E = e^2|x| - 1`.
#[inline(always)]
pub(super) fn tanh<T: Binary>(x: T) -> T {
    let magnitude = x.abs();
    let magnitude = if magnitude > T::TANH_END { T::TANH_END } else { magnitude };
    let (rounded, q) = reduced(magnitude + magnitude);
    let power = T::power_of_two(rounded);
    let e = power.mul_add(q, power - T::ONE);
    let sum = e + T::TWO;
    let rest = e - (sum - T::TWO);
    let reciprocal = T::ONE / sum;
    let quotient = e * reciprocal;
    let error = (-quotient).mul_add(rest, (-quotient).mul_add(sum, e));
    error.mul_add(reciprocal, quotient).copysign(x)
}
