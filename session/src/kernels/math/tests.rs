//! The error of every function against correctly rounded values, and the exact cases.
//!
//! The `f64` functions are compared with `session/tests/data/math`, written by `coefficients.py` to a
//! hundredth of an ulp, with arguments of every exponent; the `f32` functions with the `f64` ones, so every `f32`
//! can be tried. No bound is above 2 ulp.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{f32, f64};

type F32 = std::primitive::f32;
type F64 = std::primitive::f64;

/// A function's name, its two widths, and their largest errors in ulp as the module's docs give them.
type Function = (&'static str, fn(F32) -> F32, fn(F64) -> F64, [F64; 2]);

const FUNCTIONS: [Function; 8] = [
    ("exp", |x| f32::exp(x), |x| f64::exp(x), [1.0, 1.0]),
    ("ln", |x| f32::ln(x), |x| f64::ln(x), [0.9, 0.8]),
    ("sin", |x| f32::sin(x), |x| f64::sin(x), [0.501, 0.9]),
    ("cos", |x| f32::cos(x), |x| f64::cos(x), [0.501, 0.8]),
    ("tanh", |x| f32::tanh(x), |x| f64::tanh(x), [1.7, 1.7]),
    ("sigmoid", |x| f32::sigmoid(x), |x| f64::sigmoid(x), [1.0, 1.0]),
    ("softplus", |x| f32::softplus(x), |x| f64::softplus(x), [1.4, 1.3]),
    ("erf", |x| f32::erf(x), |x| f64::erf(x), [1.3, 1.2]),
];
const POW: [F64; 2] = [0.501, 1.5];

/// The bits as a number whose order is that of the values.
fn rank(x: F64) -> i64 {
    let bits = x.to_bits() as i64;
    if bits < 0 { i64::MIN - bits } else { bits }
}

/// A line of the reference: arguments, result, and by how many hundredths of an ulp the function's value is above it.
struct Line {
    arguments: Vec<F64>,
    result: F64,
    hundredths: F64,
}

/// The reference of a function.
fn reference(name: &str) -> Vec<Line> {
    let directory = std::env::var_os("MATH_REFERENCE").map(PathBuf::from);
    let directory = directory.unwrap_or_else(|| [env!("CARGO_MANIFEST_DIR"), "../../tests/data/math"].iter().collect());
    let text = std::fs::read_to_string(directory.join(name).with_extension("txt")).unwrap();
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split(' ').collect();
        let hundredths = words.pop().unwrap().parse().unwrap();
        let number = |word| F64::from_bits(u64::from_str_radix(word, 16).unwrap());
        let mut arguments: Vec<F64> = words.into_iter().map(number).collect();
        Line { result: arguments.pop().unwrap(), arguments, hundredths }
    };
    text.lines().map(line).collect()
}

/// The largest error in ulp over the lines of the reference.
fn worst(name: &str, function: impl Fn(&[F64]) -> F64) -> F64 {
    let (mut worst, mut at) = (0.0, String::new());
    for Line { arguments, result: expected, hundredths } in reference(name) {
        let result = function(&arguments);
        let steps = if result.is_nan() { F64::INFINITY } else { (rank(result) - rank(expected)) as F64 };
        let error = (steps - hundredths / 100.0).abs();
        if error > worst {
            (worst, at) = (error, format!("{arguments:?}"));
        }
    }
    println!("f64 {name}: {worst:.2} ulp at {at}");
    worst
}

/// The reference has arguments of every exponent, but where the function is trivial: see the next test.
#[test]
fn every_exponent_is_tried() {
    let all = |low: i32, high: i32| (low..=high).map(|power| (power + 1023).max(0) as u64).collect::<BTreeSet<u64>>();
    for (name, low, high) in [
        ("exp", TINY, 9),
        ("ln", -1023, 1023),
        ("sin", -1023, 1023),
        ("cos", -1023, 1023),
        ("tanh", TINY, 4),
        ("sigmoid", TINY, 9),
        ("softplus", TINY, 9),
        ("erf", TINY, 2),
        ("pow", -1023, 1023),
    ] {
        let tried: BTreeSet<u64> =
            reference(name).iter().map(|line| line.arguments[0].to_bits() >> 52 & 0x7ff).collect();
        let missing: Vec<_> = all(low, high).difference(&tried).copied().collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
    assert!(FUNCTIONS.iter().flat_map(|function| function.3).chain(POW).all(|bound| bound <= 2.0));
}

/// Below 2 to this power the functions that the reference does not have there are straight lines, but for rounding.
const TINY: i32 = -60;

#[test]
fn beyond_the_reference() {
    for exponent in 0..2047_u64 {
        for step in 0..50_u64 {
            // The high bits of a multiple of the golden ratio: any mantissa, evenly.
            let mantissa = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 12;
            let x = F64::from_bits(exponent << 52 | mantissa);
            let power = exponent as i32 - 1023;
            if power < TINY {
                for x in [x, -x] {
                    assert_eq!((f64::exp(x), f64::sigmoid(x), f64::tanh(x)), (1.0, 0.5, x), "{x:e}");
                    assert!(rank(f64::softplus(x)).abs_diff(rank(std::f64::consts::LN_2)) <= 1, "{x:e}");
                    // 2 / sqrt(pi) as the sum of two numbers.
                    let line = x.mul_add(std::f64::consts::FRAC_2_SQRT_PI, x * 1.533545961316588e-17);
                    assert!(rank(f64::erf(x)).abs_diff(rank(line)) <= 1, "{x:e}: {:e}", f64::erf(x));
                }
            }
            if power > 9 {
                assert_eq!((f64::exp(x), f64::exp(-x)), (F64::INFINITY, 0.0), "{x:e}");
                assert_eq!((f64::sigmoid(x), f64::sigmoid(-x)), (1.0, 0.0), "{x:e}");
                assert_eq!((f64::softplus(x), f64::softplus(-x)), (x, 0.0), "{x:e}");
            }
            if power > 4 {
                assert_eq!((f64::tanh(x), f64::tanh(-x)), (1.0, -1.0), "{x:e}");
            }
            if power > 2 {
                assert_eq!((f64::erf(x), f64::erf(-x)), (1.0, -1.0), "{x:e}");
            }
        }
    }
}

#[test]
fn f64_error() {
    for (name, _, function, [_, bound]) in FUNCTIONS {
        assert!(worst(name, |x| function(x[0])) <= bound, "{name}");
    }
    assert!(worst("pow", |x| f64::pow(x[0], x[1])) <= POW[1]);
}

/// The error of an `f32` in ulp; a result that rounds to infinity may be infinite.
fn error(result: F32, exact: F64) -> F64 {
    if result.is_nan() || exact.is_nan() || F64::from(result) == exact {
        return if result.is_nan() == exact.is_nan() { 0.0 } else { F64::INFINITY };
    }
    let magnitude = exact.abs().max(F32::MIN_POSITIVE.into()).min(F32::MAX.into());
    let ulp = F64::from_bits(magnitude.to_bits() & (0x7ff << 52)) * F64::from(F32::EPSILON);
    let beyond = 2.0 * F64::from_bits(F64::from(F32::MAX).to_bits() & (0x7ff << 52));
    let number = if result.is_infinite() { beyond.copysign(result.into()) } else { result.into() };
    (number - exact.clamp(-beyond, beyond)).abs() / ulp
}

/// Takes every `MATH_STRIDE`-th argument: by default a sample, with 1 all of them.
#[test]
fn f32_error() {
    let stride = std::env::var("MATH_STRIDE").map_or(40_009, |stride| stride.parse().unwrap());
    let scan = |name: &str, of: &dyn Fn(F32) -> F32, exact: &dyn Fn(F64) -> F64, bound: F64| {
        let (mut worst, mut at) = (0.0, 0.0);
        for x in (0..=u32::MAX).step_by(stride).map(F32::from_bits) {
            let error = error(of(x), exact(x.into()));
            if error > worst {
                (worst, at) = (error, x);
            }
        }
        println!("f32 {name}: {worst:.3} ulp at {at:e}");
        assert!(worst <= bound, "{name}");
    };
    for (name, function, exact, [bound, _]) in FUNCTIONS {
        scan(name, &function, &exact, bound);
    }
    for exponent in [-7.5, -1.0, 0.5, 2.0, 3.0, 11.0, 1e30] {
        scan(&format!("pow({exponent})"), &|x| f32::pow(x, exponent), &|x| f64::pow(x, exponent), POW[0]);
    }
}

#[test]
fn powers_that_are_integers_are_exact() {
    for base in 2..2000_u64 {
        for exponent in 3..=33 {
            if let Some(power) = base.checked_pow(exponent).filter(|&power| power <= 1 << 53) {
                assert_eq!(f64::pow(base as F64, exponent.into()), power as F64, "{base}^{exponent}");
                assert_eq!(f64::pow(-(base as F64), exponent.into()).abs(), power as F64);
            }
        }
    }
}

macro_rules! exact_cases {
    ($($width:ident $float:ident;)*) => {$(
        mod $width {
            use super::super::$float::*;

            type Float = std::primitive::$float;

            const INFINITY: Float = Float::INFINITY;
            const NAN: Float = Float::NAN;
            /// The least positive number.
            const LEAST: Float = Float::from_bits(1);

            #[track_caller]
            fn same(result: Float, expected: Float) {
                let equal = result.to_bits() == expected.to_bits() || (result.is_nan() && expected.is_nan());
                assert!(equal, "{result:?} is not {expected:?}");
            }

            #[test]
            fn exact() {
                for (result, expected) in [
                    (exp(0.0), 1.0), (exp(-0.0), 1.0), (exp(INFINITY), INFINITY), (exp(-INFINITY), 0.0),
                    (exp(1e4), INFINITY), (exp(-1e4), 0.0), (exp(LEAST), 1.0),
                    (ln(1.0), 0.0), (ln(0.0), -INFINITY), (ln(-0.0), -INFINITY), (ln(INFINITY), INFINITY),
                    (ln(-LEAST), NAN), (ln(-1.0), NAN), (ln(-INFINITY), NAN),
                    (sin(0.0), 0.0), (sin(-0.0), -0.0), (sin(LEAST), LEAST), (sin(INFINITY), NAN), (sin(-INFINITY), NAN),
                    (cos(0.0), 1.0), (cos(-0.0), 1.0), (cos(INFINITY), NAN), (cos(-INFINITY), NAN),
                    (tanh(0.0), 0.0), (tanh(-0.0), -0.0), (tanh(LEAST), LEAST), (tanh(-LEAST), -LEAST),
                    (tanh(INFINITY), 1.0), (tanh(-INFINITY), -1.0), (tanh(30.0), 1.0), (tanh(-30.0), -1.0),
                    (sigmoid(0.0), 0.5), (sigmoid(-0.0), 0.5), (sigmoid(INFINITY), 1.0), (sigmoid(-INFINITY), 0.0),
                    (sigmoid(50.0), 1.0), (sigmoid(-1e4), 0.0),
                    (softplus(INFINITY), INFINITY), (softplus(-INFINITY), 0.0), (softplus(1e4), 1e4), (softplus(-1e4), 0.0),
                    (erf(0.0), 0.0), (erf(-0.0), -0.0), (erf(INFINITY), 1.0), (erf(-INFINITY), -1.0), (erf(9.0), 1.0),
                    (erf(Float::MAX), 1.0), (erf(-Float::MAX), -1.0),
                ] {
                    same(result, expected);
                }
                for function in [exp, ln, sin, cos, tanh, sigmoid, softplus, erf] {
                    same(function(NAN), NAN);
                    same(function(-NAN), NAN);
                }
            }

            /// In this order, and NaN wins over all, whatever its sign and number.
            #[test]
            fn smaller_and_larger() {
                let ascending = [-INFINITY, -3.0, -1.0, -LEAST, -0.0, 0.0, LEAST, 1.0, 3.0, INFINITY];
                for (i, a) in ascending.into_iter().enumerate() {
                    for b in &ascending[i..] {
                        for (result, expected) in [
                            (minimum(a, *b), a), (minimum(*b, a), a), (maximum(a, *b), *b), (maximum(*b, a), *b),
                        ] {
                            same(result, expected);
                        }
                    }
                    for nan in [NAN, -NAN, Float::from_bits(INFINITY.to_bits() + 1)] {
                        for result in [minimum(a, nan), minimum(nan, a), maximum(a, nan), maximum(nan, a)] {
                            same(result, NAN);
                        }
                    }
                }
            }

            #[test]
            fn ranges_and_symmetry() {
                for step in 0..200_000_u64 {
                    // The high bits of a multiple of the golden ratio: any pattern, evenly.
                    let bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - 8 * size_of::<Float>());
                    let x = Float::from_bits(bits.try_into().unwrap());
                    if x.is_finite() {
                        for value in [sin(x), cos(x), tanh(x), erf(x)] {
                            assert!(value.abs() <= 1.0, "{x:e}: {value:e}");
                        }
                        assert!((0.0..=1.0).contains(&sigmoid(x)) && softplus(x) >= x.max(0.0) && exp(x) >= 0.0, "{x:e}");
                        for function in [sin, tanh, erf] {
                            same(function(-x), -function(x));
                        }
                        same(cos(-x), cos(x));
                    }
                }
            }

            #[test]
            fn powers() {
                let infinity = std::primitive::f64::INFINITY;
                for (base, exponent, expected) in [
                    (NAN, 0.0, 1.0), (NAN, -0.0, 1.0), (INFINITY, 0.0, 1.0), (0.0, 0.0, 1.0), (-3.0, 0.0, 1.0),
                    (NAN, 1.0, NAN), (NAN, 2.0, NAN), (NAN, -0.5, NAN), (2.0, infinity - infinity, NAN), (1.0, infinity - infinity, 1.0),
                    (1.0, infinity, 1.0), (-1.0, infinity, 1.0), (-1.0, -infinity, 1.0),
                    (2.0, infinity, INFINITY), (2.0, -infinity, 0.0), (0.5, infinity, 0.0), (0.5, -infinity, INFINITY),
                    (-2.0, infinity, INFINITY), (-0.5, infinity, 0.0), (0.0, infinity, 0.0), (0.0, -infinity, INFINITY),
                    (0.0, 3.0, 0.0), (-0.0, 3.0, -0.0), (-0.0, 4.0, 0.0), (-0.0, 0.5, 0.0), (0.0, 1e300, 0.0),
                    (0.0, -3.0, INFINITY), (-0.0, -3.0, -INFINITY), (-0.0, -4.0, INFINITY), (-0.0, -0.5, INFINITY),
                    (INFINITY, 0.5, INFINITY), (INFINITY, -0.5, 0.0), (-INFINITY, 3.0, -INFINITY), (-INFINITY, 4.0, INFINITY),
                    (-INFINITY, 0.5, INFINITY), (-INFINITY, -3.0, -0.0), (-INFINITY, -4.0, 0.0), (-INFINITY, -0.5, 0.0),
                    (-8.0, 0.5, NAN), (-8.0, 1.0 / 3.0, NAN), (-2.0, 3.0, -8.0), (-2.0, 4.0, 16.0), (-2.0, -1.0, -0.5),
                    (-1.0, 9_007_199_254_740_991.0, -1.0), (-1.0, 9_007_199_254_740_992.0, 1.0),
                    (2.0, 1e300, INFINITY), (2.0, -1e300, 0.0), (-2.0, 1e300, INFINITY), (3.5, 1.0, 3.5), (-1.5, 2.0, 2.25),
                    (LEAST, -1e300, INFINITY), (Float::MAX, 1e-320, 1.0), (9.0, 0.5, 3.0), (10.0, 3.0, 1000.0),
                ] {
                    same(pow(base, exponent), expected);
                }
            }

            #[test]
            fn smallest_results() {
                // Just above and below the end of the subnormal numbers.
                let end = Float::ln(LEAST);
                same(exp(end + 0.5), LEAST + LEAST);
                same(exp(end - 0.1), LEAST);
                same(exp(end - 1.5), 0.0);
                same(sigmoid(end - 0.1), LEAST);
                same(softplus(end - 0.1), LEAST);
            }
        }
    )*};
}

exact_cases! {
    single f32;
    double f64;
}
