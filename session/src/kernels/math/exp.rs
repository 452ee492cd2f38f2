//! The exponential function, whole and in the parts that the functions built on it need.

use super::{Binary, polynomial_by_pairs};

/// `(n + ROUNDER, q)` with `e^x = 2^n (1 + q)` and `|q| < 0.42`: q is accurate relative to itself,
/// so that nothing is lost in `e^x - 1`. For arguments in the range of `e^x`.
#[inline(always)]
pub(super) fn reduced<T: Binary>(x: T) -> (T, T) {
    let rounded = x.mul_add(T::LOG2_E, T::ROUNDER);
    let n = rounded - T::ROUNDER;
    // The first step is exact: x and n ln 2 are close.
    let r = n.mul_add(-T::LN_2_LOW, n.mul_add(-T::LN_2_HIGH, x));
    let square = r * r;
    (rounded, polynomial_by_pairs(r, square, T::EXP).mul_add(square, r))
}

/// Selects that let NaN pass, which `clamp` and `max` do not promise.
#[inline(always)]
fn clamped<T: Binary>(x: T) -> T {
    let x = if x < T::EXP_LOW { T::EXP_LOW } else { x };
    if x > T::EXP_HIGH { T::EXP_HIGH } else { x }
}

/// e to the power x.
#[inline(always)]
pub(super) fn exp<T: Binary>(x: T) -> T {
    let (rounded, q) = reduced(clamped(x));
    let (first, second) = T::power_of_two_factors(rounded);
    (T::ONE + q) * first * second
}

/// e to the power x for x <= 0, as a sum: the number nearest to it and what that leaves out.
#[inline(always)]
pub(super) fn exp_pair<T: Binary>(x: T) -> (T, T) {
    let x = if x < T::EXP_LOW { T::EXP_LOW } else { x };
    let (rounded, q) = reduced(x);
    let power = T::power_at_most_one(rounded);
    let sum = T::ONE + q;
    (sum * power, (q - (sum - T::ONE)) * power)
}
