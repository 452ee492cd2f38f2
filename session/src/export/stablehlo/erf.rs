//! The error function, which StableHLO does not have.

use super::{Value, Writer};

/// `erf(x) / x - 1` in `x²` for `|x| < 1`, highest power first: the coefficients of the kernels.
const NEAR: [f64; 12] = [
    -7.801196917551076e-10,
    1.372297939784883e-08,
    -1.6209176310612294e-07,
    1.6447517679364607e-06,
    -1.4924744658598196e-05,
    0.0001205529531995124,
    -0.0008548325989667251,
    0.005223977607422596,
    -0.026866170643276083,
    0.11283791670945252,
    -0.3761263890318355,
    0.12837916709551256,
];
/// `ln(1 - erf(x))` in `x - 1` for `1 <= x <= END`, from where the function is 1.
const FAR: [f64; 18] = [
    -4.8644220346299655e-12,
    1.1931312586744486e-10,
    -1.3189812413555332e-09,
    8.518084887052494e-09,
    -3.338869567538405e-08,
    5.800492740924706e-08,
    2.0482440278041495e-07,
    -2.13195688774699e-06,
    9.671394181290449e-06,
    -2.7198985496768734e-05,
    2.6296333915083918e-05,
    0.00023731643205898088,
    -0.001977901215094092,
    0.010033825179007454,
    -0.041561098025070235,
    -0.843107256359413,
    -2.6389675142347757,
    -1.8496055099332482,
];
const END: f64 = 6.0;

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
    let curve = polynomial(to, square, &NEAR);
    let bend = to.binary("multiply", curve, x);
    let near = to.binary("add", bend, x);

    let magnitude = to.unary("abs", x);
    let bounded = to.with_number("minimum", magnitude, END);
    let distance = to.with_number("subtract", bounded, 1.0);
    let exponent = polynomial(to, distance, &FAR);
    let rest = to.unary("exponential_minus_one", exponent);
    let sign = to.unary("sign", x);
    let signed = to.binary("multiply", rest, sign);
    let far = to.unary("negate", signed);

    let one = to.full(1.0, x.shape);
    let small = to.compare("LT", magnitude, one);
    to.select(small, near, far)
}
