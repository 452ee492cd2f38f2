//! Dual numbers: forward mode by evaluation.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{Scalar, sealed};

/// A value and its tangent: arithmetic carries the derivative along.
///
/// ```
/// use session::scalar::{Dual, Scalar};
///
/// let x = Dual { value: 3.0, tangent: 1.0 };
/// let y = x * x + Dual::literal(1.0);
/// assert_eq!((y.value, y.tangent), (10.0, 6.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual<S> {
    /// The value.
    pub value: S,
    /// The derivative along the direction of the tangents at the leaves.
    pub tangent: S,
}

impl<S: Scalar> Dual<S> {
    fn map(self, value: S, factor: S) -> Self {
        Self { value, tangent: factor * self.tangent }
    }
}

impl<S> sealed::Sealed for Dual<S> {}

impl<S: Scalar> Add for Dual<S> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: self.tangent + other.tangent }
    }
}

impl<S: Scalar> Sub for Dual<S> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, tangent: self.tangent - other.tangent }
    }
}

impl<S: Scalar> Mul for Dual<S> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let tangent = self.tangent * other.value + self.value * other.tangent;
        Self { value: self.value * other.value, tangent }
    }
}

impl<S: Scalar> Div for Dual<S> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, tangent: (self.tangent - value * other.tangent) / other.value }
    }
}

impl<S: Scalar> Neg for Dual<S> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, tangent: -self.tangent }
    }
}

impl<S: Scalar> Scalar for Dual<S> {
    fn literal(value: f64) -> Self {
        Self { value: S::literal(value), tangent: S::literal(0.0) }
    }

    fn mul_add(self, factor: Self, addend: Self) -> Self {
        let inner = self.value.mul_add(factor.tangent, addend.tangent);
        Self {
            value: self.value.mul_add(factor.value, addend.value),
            tangent: self.tangent.mul_add(factor.value, inner),
        }
    }

    fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        Self { value: root, tangent: self.tangent / (S::literal(2.0) * root) }
    }

    fn exp(self) -> Self {
        let value = self.value.exp();
        self.map(value, value)
    }

    fn ln(self) -> Self {
        Self { value: self.value.ln(), tangent: self.tangent / self.value }
    }

    fn sin(self) -> Self {
        self.map(self.value.sin(), self.value.cos())
    }

    fn cos(self) -> Self {
        self.map(self.value.cos(), -self.value.sin())
    }

    fn tanh(self) -> Self {
        let value = self.value.tanh();
        self.map(value, S::literal(1.0) - value * value)
    }

    fn sigmoid(self) -> Self {
        let value = self.value.sigmoid();
        self.map(value, value * (S::literal(1.0) - value))
    }

    fn softplus(self) -> Self {
        self.map(self.value.softplus(), self.value.sigmoid())
    }

    fn erf(self) -> Self {
        let factor = S::literal(std::f64::consts::FRAC_2_SQRT_PI) * (-(self.value * self.value)).exp();
        self.map(self.value.erf(), factor)
    }

    fn pow(self, exponent: f64) -> Self {
        if exponent == 0.0 {
            return Self { value: self.value.pow(exponent), tangent: S::literal(0.0) };
        }
        let factor = S::literal(exponent) * self.value.pow(exponent - 1.0);
        self.map(self.value.pow(exponent), factor)
    }

    /// At a tie each operand has half of the tangent.
    fn maximum(self, other: Self) -> Self {
        let tangent = share(self.value, other.value, self.tangent, other.tangent);
        Self { value: self.value.maximum(other.value), tangent }
    }

    /// At a tie each operand has half of the tangent.
    fn minimum(self, other: Self) -> Self {
        let tangent = share(other.value, self.value, self.tangent, other.tangent);
        Self { value: self.value.minimum(other.value), tangent }
    }

    fn carry(self, other: Self) -> Self {
        Self { value: self.value.carry(other.value), tangent: other.tangent }
    }

    fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self {
        Self {
            value: S::select_gt(a.value, b.value, x.value, y.value),
            tangent: S::select_gt(a.value, b.value, x.tangent, y.tangent),
        }
    }

    fn select_nan(a: Self, x: Self, y: Self) -> Self {
        Self { value: S::select_nan(a.value, x.value, y.value), tangent: S::select_nan(a.value, x.tangent, y.tangent) }
    }
}

/// `x` where `a > b`, `y` where `a < b`, else half of each.
fn share<S: Scalar>(a: S, b: S, x: S, y: S) -> S {
    let half = S::literal(0.5);
    S::select_gt(a, b, x, S::select_gt(b, a, y, x * half + y * half))
}
