//! Sine and cosine. Both widths are evaluated in `f64`.

use super::coefficients::{COS, HALF_PI, SIN, TWO_OVER_PI};
use super::{Binary, polynomial};

/// An angle in `[-pi/4, pi/4]` (a hair more) as a sum, and the quarter turn it is counted from.
struct Reduced {
    quarter: u64,
    high: f64,
    low: f64,
}

/// The sine of an angle of at most 2^30 radians.
#[inline(always)]
pub(super) fn sin_moderate(x: f64) -> f64 {
    sin_of(reduced_moderate(x.abs()), x)
}

/// The cosine of an angle of at most 2^30 radians.
#[inline(always)]
pub(super) fn cos_moderate(x: f64) -> f64 {
    cos_of(reduced_moderate(x.abs()))
}

/// The sine of an angle of at least 2^30 radians, or of what is no angle.
#[cold]
#[inline(never)]
pub(super) fn sin_huge(x: f64) -> f64 {
    sin_of(reduced_huge(x.abs()), x)
}

/// The cosine of an angle of at least 2^30 radians, or of what is no angle.
#[cold]
#[inline(never)]
pub(super) fn cos_huge(x: f64) -> f64 {
    cos_of(reduced_huge(x.abs()))
}

#[inline(always)]
fn sin_of(angle: Reduced, x: f64) -> f64 {
    with_sign(value(&angle), (angle.quarter << 62) ^ x.to_bits())
}

#[inline(always)]
fn cos_of(angle: Reduced) -> f64 {
    let quarter = angle.quarter.wrapping_add(1);
    with_sign(value(&Reduced { quarter, ..angle }), quarter << 62)
}

/// The number, negated if the highest bit is set.
#[inline(always)]
fn with_sign(number: f64, bits: u64) -> f64 {
    f64::from_bits(number.to_bits() ^ (bits & (1 << 63)))
}

/// Three parts of pi / 2 suffice up to 2^30.
#[inline(always)]
fn reduced_moderate(x: f64) -> Reduced {
    let rounded = x.mul_add(std::f64::consts::FRAC_2_PI, f64::ROUNDER);
    let n = rounded - f64::ROUNDER;
    // x - n HALF_PI[0] is exact, since the two are close; the next step is a sum without error.
    let first = n.mul_add(-HALF_PI[0], x);
    let second = n * HALF_PI[1];
    let high = first - second;
    let taken = high - first;
    let error = (first - (high - taken)) - (second + taken);
    let rest = n.mul_add(HALF_PI[1], -second);
    Reduced { quarter: rounded.to_bits(), high, low: n.mul_add(-HALF_PI[2], error - rest) }
}

/// Multiplies by the digits of 2 / pi that matter: those before them give whole turns (Payne and
/// Hanek), those after them too little. Infinity and NaN give NaN.
fn reduced_huge(x: f64) -> Reduced {
    if !x.is_finite() {
        return Reduced { quarter: 0, high: f64::NAN, low: f64::NAN };
    }
    let mantissa = x.to_bits() & ((1 << 52) - 1) | 1 << 52;
    // x = mantissa * 2^exponent, and the product is mantissa * digits * 2^-190, without multiples of 4.
    let exponent = (x.to_bits() >> 52) as usize + 62 - 1075;
    let digits = |word: usize| {
        let pair = &TWO_OVER_PI[exponent / 64 + word..][..2];
        ((u128::from(pair[0]) << 64 | u128::from(pair[1])) << (exponent % 64) >> 64) as u64
    };
    let low = u128::from(mantissa) * u128::from(digits(2));
    let middle = u128::from(mantissa) * u128::from(digits(1)) + (low >> 64);
    let high = mantissa.wrapping_mul(digits(0)).wrapping_add((middle >> 64) as u64);
    let product = u128::from(high) << 64 | u128::from(middle as u64);
    // Two bits of quarter turns, then the fraction, read as a signed number between -1/2 and 1/2.
    let fraction = (product << 2 | u128::from(low as u64 >> 62)) as i128;
    let quarter = (high >> 62) + u64::from(fraction < 0);
    let unit = f64::EPSILON * f64::EPSILON / 16_777_216.0; // 2^-128
    let nearest = fraction as f64;
    let rest = (fraction - nearest as i128) as f64 * unit;
    let nearest = nearest * unit;
    let high = nearest * HALF_PI[0];
    let low = nearest.mul_add(HALF_PI[0], -high) + nearest.mul_add(HALF_PI[1], rest * HALF_PI[0]);
    Reduced { quarter, high, low }
}

/// The sine of the angle for an even quarter turn and the cosine for an odd one, both up to sign.
#[inline(always)]
fn value(angle: &Reduced) -> f64 {
    let Reduced { quarter, high, low } = *angle;
    let square = high * high;
    let half = 0.5 * square;
    let near_one = 1.0 - half;
    let sine = high + low.mul_add(near_one, polynomial(square, SIN) * square * high);
    let rest = (1.0 - near_one) - half;
    let cosine = near_one + (polynomial(square, COS) * square).mul_add(square, (-high).mul_add(low, rest));
    if quarter & 1 == 0 { sine } else { cosine }
}
