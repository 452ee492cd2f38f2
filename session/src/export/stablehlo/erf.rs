//! The error function, which StableHLO does not have: by the polynomials of the kernels.

use super::{Value, Writer};
use crate::kernels::math::ErrorFunction as Erf;

fn polynomial(to: &mut Writer, x: Value, coefficients: &[f64]) -> Value {
    let first = to.full(coefficients[0], x.shape);
    coefficients[1..].iter().fold(first, |sum, &coefficient| {
        let product = to.binary("multiply", sum, x);
        to.with_number("add", product, coefficient)
    })
}

/// A polynomial near zero, and farther out `1 - e^p` with another.
pub(super) fn erf(to: &mut Writer, x: Value) -> Value {
    let square = to.binary("multiply", x, x);
    let curve = polynomial(to, square, Erf::NEAR);
    let bend = to.binary("multiply", curve, x);
    let near = to.binary("add", bend, x);

    let magnitude = to.unary("abs", x);
    let bounded = to.with_number("minimum", magnitude, Erf::END);
    let distance = to.with_number("subtract", bounded, Erf::SPLIT);
    let exponent = polynomial(to, distance, Erf::FAR);
    let rest = to.unary("exponential_minus_one", exponent);
    let sign = to.unary("sign", x);
    let signed = to.binary("multiply", rest, sign);
    let far = to.unary("negate", signed);

    let split = to.full(Erf::SPLIT, x.shape);
    let small = to.compare("LT", magnitude, split);
    to.select(small, near, far)
}
