//! Exact arithmetic in a prime field: where the laws of algebra hold and nothing is rounded.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::fingerprint::oracle;
use super::{Scalar, Symbol, sealed};

/// The prime 2⁶¹ - 1.
const P: u64 = (1 << 61) - 1;

/// An element of the field of 2⁶¹ - 1 elements: two formulas that agree at random points of it are equal by the
/// laws of algebra, up to a probability of about their degree over 2⁶¹.
///
/// What is no polynomial keeps the laws that the rules of derivatives use, and no other:
/// * `exp`, `ln`, `sin`, `cos`, `tanh`, `sigmoid`, `softplus`, `erf` and powers that are no small whole numbers
///   are random functions.
/// * A number is positive if it is a square. As with real numbers just one of x and -x is positive, a product of
///   two positive numbers is, and `a > b` means that `a - b` is positive; a sum of two need not be. The positive
///   one of two roots is `sqrt`, of a negative number that of its opposite.
/// * A literal is the fraction that an `f64` is; 1/√2, 2/√π and products of these stand for themselves,
///   not for their roundings.
///   There is no NaN and no infinity: these literals are random numbers.
///
/// ```
/// use session::scalar::{PrimeField, Scalar, Symbol};
///
/// let (x, y) = (PrimeField::variable(0), PrimeField::variable(1));
/// assert_eq!((x + y) * (x - y), x * x - y * y);
/// assert_eq!(PrimeField::literal(0.25) * PrimeField::literal(4.0), PrimeField::literal(1.0));
/// assert_ne!(x.exp(), y.exp());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PrimeField(u64);

/// The random functions, by tag.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Function {
    Variable = 1,
    Literal,
    Exp,
    Ln,
    Sin,
    Cos,
    Tanh,
    Sigmoid,
    Softplus,
    Erf,
    Pow,
    /// 1/√π.
    Constant,
}

/// The largest whole exponent of which the power is a product.
const WHOLE: f64 = 64.0;

/// Constants that an `f64` only rounds: each is 1/√2 to the power of its first number, times 1/√π to that of its second,
/// times the third.
const CONSTANTS: [(f64, u64, u64, f64); 4] = [
    (FRAC_1_SQRT_2, 1, 0, 1.0),
    (FRAC_2_SQRT_PI, 0, 1, 2.0),
    (FRAC_2_SQRT_PI * FRAC_1_SQRT_2, 1, 1, 2.0),
    (0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2, 1, 1, 1.0),
];

impl PrimeField {
    /// The number below 2⁶¹ - 1 that it is.
    #[inline(always)]
    pub(super) fn word(self) -> u64 {
        self.0
    }

    /// Back from [`word`](Self::word).
    #[inline(always)]
    pub(super) fn from_word(word: u64) -> Self {
        Self(word)
    }

    /// From any number below 2¹²².
    #[inline(always)]
    fn reduced(number: u128) -> Self {
        // 2^61 is 1.
        let sum = (number as u64 & P) + (number >> 61) as u64;
        let sum = (sum & P) + (sum >> 61);
        Self(if sum >= P { sum - P } else { sum })
    }

    #[inline(never)]
    fn random(function: Function, word: u64, attribute: u64) -> Self {
        Self::reduced(u128::from(oracle(function as u64, word, attribute)))
    }

    fn oracle(self, function: Function) -> Self {
        Self::random(function, self.0, 0)
    }

    #[inline(never)]
    fn power(self, mut exponent: u64) -> Self {
        let (mut base, mut power) = (self, Self(1));
        while exponent > 0 {
            if exponent & 1 == 1 {
                power = power * base;
            }
            base = base * base;
            exponent >>= 1;
        }
        power
    }

    /// 2 to any power.
    fn of_two(exponent: i64) -> Self {
        Self(1 << exponent.rem_euclid(61))
    }

    /// The fraction that a finite number is.
    fn fraction(value: f64) -> Self {
        let bits = value.abs().to_bits();
        let (exponent, digits) = ((bits >> 52) as i64, bits & ((1 << 52) - 1));
        // Subnormal numbers have the smallest exponent and no leading one.
        let (exponent, digits) = if exponent == 0 { (1, digits) } else { (exponent, digits | 1 << 52) };
        let magnitude = Self::reduced(digits.into()) * Self::of_two(exponent - 1075);
        if value < 0.0 { -magnitude } else { magnitude }
    }

    /// Whether it is a square other than 0: Euler's criterion.
    fn is_positive(self) -> bool {
        self.power((P - 1) / 2) == Self(1)
    }
}

impl Symbol for PrimeField {
    fn variable(number: usize) -> Self {
        Self::random(Function::Variable, number as u64, 0)
    }
}

impl fmt::Display for PrimeField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for PrimeField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl sealed::Sealed for PrimeField {}

impl Add for PrimeField {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let sum = self.0 + other.0;
        Self(if sum >= P { sum - P } else { sum })
    }
}

impl Sub for PrimeField {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for PrimeField {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::reduced(u128::from(self.0) * u128::from(other.0))
    }
}

impl Div for PrimeField {
    type Output = Self;
    /// A quotient by 0 is 0.
    fn div(self, other: Self) -> Self {
        // As the tangent of a constant is, often.
        if self.0 == 0 { self } else { self * other.power(P - 2) }
    }
}

impl Neg for PrimeField {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(if self.0 == 0 { 0 } else { P - self.0 })
    }
}

macro_rules! oracles {
    ($($function:ident $tag:ident;)*) => {$(
        fn $function(self) -> Self {
            self.oracle(Function::$tag)
        }
    )*};
}

impl Scalar for PrimeField {
    #[inline(never)]
    fn literal(value: f64) -> Self {
        if !value.is_finite() {
            let sign = u64::from(value.is_sign_negative() && !value.is_nan());
            return Self::random(Function::Literal, u64::from(value.is_nan()), sign);
        }
        match CONSTANTS.iter().find(|(constant, ..)| *constant == value.abs()) {
            Some(&(_, of_sqrt_two, of_sqrt_pi, factor)) => {
                // 2 is the square of 2^31, since 2^61 is 1.
                let sqrt_half = Self::of_two(-31).power(of_sqrt_two);
                let sqrt_pi = Self::random(Function::Constant, 0, 0).power(of_sqrt_pi);
                let magnitude = sqrt_half * sqrt_pi * Self::fraction(factor);
                if value < 0.0 { -magnitude } else { magnitude }
            }
            None => Self::fraction(value),
        }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self * factor + addend
    }

    fn sqrt(self) -> Self {
        // P is 3 modulo 4: the power is a root of x or of -x, and a square itself.
        self.power(P.div_ceil(4))
    }

    oracles! {
        exp Exp;
        ln Ln;
        sin Sin;
        cos Cos;
        tanh Tanh;
        sigmoid Sigmoid;
        softplus Softplus;
        erf Erf;
    }

    fn pow(self, exponent: f64) -> Self {
        if exponent.fract() == 0.0 && exponent.abs() <= WHOLE {
            let power = self.power(exponent.abs() as u64);
            return if exponent < 0.0 { Self(1) / power } else { power };
        }
        Self::random(Function::Pow, self.0, exponent.to_bits())
    }

    fn maximum(self, other: Self) -> Self {
        Self::select_gt(other, self, other, self)
    }

    fn minimum(self, other: Self) -> Self {
        Self::select_gt(self, other, other, self)
    }

    fn carry(self, _: Self) -> Self {
        self
    }

    fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self {
        if x == y || (a - b).is_positive() { x } else { y }
    }

    fn select_nan(_: Self, _: Self, y: Self) -> Self {
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn elements() -> impl Strategy<Value = PrimeField> {
        prop_oneof![Just(0), Just(1), Just(P - 1), 0..P].prop_map(PrimeField)
    }

    proptest! {
        #[test]
        fn it_is_a_field(a in elements(), b in elements(), c in elements()) {
            prop_assert_eq!((a + b) + c, a + (b + c));
            prop_assert_eq!((a * b) * c, a * (b * c));
            prop_assert_eq!(a * b, b * a);
            prop_assert_eq!(a * (b + c), a * b + a * c);
            prop_assert_eq!(a.mul_add(b, c), a * b + c);
            prop_assert_eq!(a - b + b, a);
            prop_assert_eq!(u128::from((a * b).0), u128::from(a.0) * u128::from(b.0) % u128::from(P));
            if b != PrimeField(0) {
                prop_assert_eq!(a / b * b, a);
            }
        }

        #[test]
        fn signs_are_those_of_numbers(a in elements(), b in elements()) {
            let sign = |x: PrimeField| i32::from(x.is_positive()) - i32::from((-x).is_positive());
            prop_assert_eq!(sign(a * b), sign(a) * sign(b));
            prop_assert_eq!(sign(a) == 0, a == PrimeField(0));
            let root = a.sqrt();
            prop_assert!(sign(root) >= 0);
            prop_assert_eq!(root * root, if sign(a) < 0 { -a } else { a });
            prop_assert_eq!(a.maximum(b) + a.minimum(b), a + b);
        }

        #[test]
        fn literals_are_fractions(a in -1e9f64..1e9, b in -30i32..30) {
            let scale = 2f64.powi(b);
            let exact = PrimeField::literal(a) * PrimeField::literal(scale);
            prop_assert_eq!(exact, PrimeField::literal(a * scale));
            prop_assert_eq!(PrimeField::literal(-a), -PrimeField::literal(a));
        }
    }

    #[test]
    fn constants_stand_for_themselves() {
        let [sqrt_half, two_over_sqrt_pi] = [FRAC_1_SQRT_2, FRAC_2_SQRT_PI].map(PrimeField::literal);
        assert_eq!(sqrt_half * sqrt_half, PrimeField::literal(0.5));
        assert_eq!(sqrt_half * two_over_sqrt_pi, PrimeField::literal(FRAC_2_SQRT_PI * FRAC_1_SQRT_2));
        assert_eq!(PrimeField::literal(5e-324) * PrimeField::literal(2f64.powi(1000)), PrimeField::of_two(-74));
        assert_ne!(PrimeField::literal(f64::INFINITY), PrimeField::literal(f64::NEG_INFINITY));
    }

    #[test]
    fn powers() {
        let x = PrimeField::variable(0);
        assert_eq!(x.pow(3.0), x * x * x);
        assert_eq!(x.pow(-2.0) * x * x, PrimeField(1));
        assert_ne!(x.pow(0.5), x.pow(1.5));
    }
}
