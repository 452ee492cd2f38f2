//! Powers. Both widths are evaluated in `f64`.

use super::coefficients::LN_PRECISE;
use super::{Binary, Coefficients, polynomial};

/// x to the power of the exponent, with the special cases of IEEE 754.
#[inline(always)]
pub(super) fn pow(x: f64, exponent: f64) -> f64 {
    if exponent == 2.0 {
        return x * x;
    }
    if exponent == 1.0 {
        return x;
    }
    let magnitude = power(x.abs(), exponent);
    let integer = exponent.trunc() == exponent;
    let odd = integer && (0.5 * exponent).trunc() != 0.5 * exponent;
    let signed = if odd { magnitude.copysign(x) } else { magnitude };
    let real = if x < 0.0 && x > -f64::INFINITY && !integer { f64::NAN } else { signed };
    let one = exponent == 0.0 || x == 1.0 || (x == -1.0 && exponent.is_infinite());
    if one { 1.0 } else { real }
}

/// e^(exponent ln(x)), for x >= 0.
#[inline(always)]
fn power(x: f64, exponent: f64) -> f64 {
    let (high, low) = ln_pair(x);
    let high = if x < f64::INFINITY { high } else { x };
    let high = if x == 0.0 { -f64::INFINITY } else { high };
    let product = high * exponent;
    let rest = low.mul_add(exponent, high.mul_add(exponent, -product));
    let bounded = if product < f64::EXP_LOW { f64::EXP_LOW } else { product };
    let bounded = if bounded > f64::EXP_HIGH { f64::EXP_HIGH } else { bounded };
    let rest = if bounded == product { rest } else { 0.0 };
    exp_of_sum(bounded, rest)
}

/// `e^(x + rest)` to little more than half an ulp, so that a power that is an integer comes out so.
#[inline(always)]
fn exp_of_sum(x: f64, rest: f64) -> f64 {
    let rounded = x.mul_add(f64::LOG2_E, f64::ROUNDER);
    let n = rounded - f64::ROUNDER;
    let exact = n.mul_add(-f64::LN_2_HIGH, x);
    let r = n.mul_add(-f64::LN_2_LOW, exact);
    let r_rest = n.mul_add(-f64::LN_2_LOW, exact - r) + rest;
    let curve = polynomial(r, f64::EXP) * (r * r);
    let q = r + curve;
    let sum = 1.0 + q;
    let sum_rest = (1.0 - sum) + q + ((r - q) + curve + r_rest.mul_add(q, r_rest));
    let (first, second) = f64::power_of_two_factors(rounded);
    (sum + sum_rest) * first * second
}

/// The logarithm of a positive finite number as a sum, to some 64 bits.
#[inline(always)]
fn ln_pair(x: f64) -> (f64, f64) {
    let (k, m) = x.split();
    // s = f / (m + 1) = high + low, then z = s^2, a third of it, and ln(m) = 2s (1 + z/3 + ..).
    let f = m - 1.0;
    let sum = f + 2.0;
    let sum_rest = f - (sum - 2.0);
    let reciprocal = 1.0 / sum;
    let s = f * reciprocal;
    let s_rest = (-s).mul_add(sum_rest, (-s).mul_add(sum, f)) * reciprocal;

    const THIRD: f64 = 1.0 / 3.0;
    const THIRD_REST: f64 = THIRD * f64::EPSILON / 4.0; // the digits repeat
    let z = s * s;
    let z_rest = (s + s).mul_add(s_rest, s.mul_add(s, -z));
    let third = z * THIRD;
    let third_rest = z.mul_add(THIRD, -third) + z.mul_add(THIRD_REST, z_rest * THIRD);

    let tail = polynomial(z, LN_PRECISE) * z * z;
    let series = third + tail;
    let series_rest = (third - series) + tail + third_rest;

    let above = s * series;
    let above_rest = s.mul_add(series, -above) + s.mul_add(series_rest, s_rest * series);
    let half = s + above;
    let half_rest = (s - half) + above + (above_rest + s_rest);

    let whole = k * f64::LN_2_HIGH;
    let whole_rest = k.mul_add(f64::LN_2_LOW, k.mul_add(f64::LN_2_HIGH, -whole));
    let ln = whole + 2.0 * half;
    (ln, (whole - ln) + 2.0 * half + half_rest.mul_add(2.0, whole_rest))
}
