//! The error function.

use super::exp::reduced;
use super::{Binary, polynomial};

/// The error function: a polynomial near zero, and farther out `1 - e^p` with another.
#[inline(always)]
pub(super) fn erf<T: Binary>(x: T) -> T {
    let magnitude = x.abs();
    let near = polynomial(x * x, T::ERF_NEAR).mul_add(x, x);
    let bounded = if magnitude > T::ERF_END { T::ERF_END } else { magnitude };
    let (rounded, q) = reduced(polynomial(bounded - T::ERF_SPLIT, T::ERF_FAR));
    let power = T::power_of_two(rounded);
    let far = T::ONE - power.mul_add(q, power);
    if magnitude < T::ERF_SPLIT { near } else { far.copysign(x) }
}
