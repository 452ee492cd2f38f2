//! The numbers a graph can be read in.
//!
//! [`Scalar`] is the closed list of operations that the rules of `ops` may use. Everything generic
//! over it runs in `f32`, `f64`, dual numbers, symbolic terms, fingerprints and a prime field alike:
//! there is no order, no conversion out and no branch on a value, only the two selects.

mod dual;
mod fingerprint;
mod float;
#[cfg(test)]
mod opaque;
mod prime_field;
mod symbolic;
mod term;

use std::ops::{Add, Div, Mul, Neg, Sub};

pub use dual::Dual;
pub use fingerprint::Fingerprint;
pub(crate) use fingerprint::recorded;
pub use float::Float;
pub use prime_field::PrimeField;
pub(crate) use symbolic::{Kind, Symbolic};
pub use term::Term;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number as the rules see it. Sealed: the list of operations is part of the meaning of a graph.
pub trait Scalar:
    Copy
    + sealed::Sealed
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A plain number, rounded once.
    fn literal(value: f64) -> Self;
    /// `self * factor + addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// `self` plus products, each added by a [`mul_add`](Self::mul_add), in their order.
    #[inline(always)]
    fn chain<'a>(self, products: impl Iterator<Item = (&'a Self, &'a Self)>) -> Self
    where
        Self: 'a,
    {
        products.fold(self, |sum, (a, b)| a.mul_add(*b, sum))
    }
    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// e to the power `self`.
    fn exp(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The sine of an angle in radians.
    fn sin(self) -> Self;
    /// The cosine of an angle in radians.
    fn cos(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `1 / (1 + e^-self)`.
    fn sigmoid(self) -> Self;
    /// `max(self, 0) + ln(1 + e^-|self|)`.
    fn softplus(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// `self` to the power of a plain number.
    fn pow(self, exponent: f64) -> Self;
    /// IEEE 754-2019 maximum: NaN wins, `-0 < +0`.
    fn maximum(self, other: Self) -> Self;
    /// IEEE 754-2019 minimum: NaN wins, `-0 < +0`.
    fn minimum(self, other: Self) -> Self;
    /// `self`, with the derivative of `other` in dual numbers: what an operation says about its own
    /// derivative where arithmetic would say something else.
    fn carry(self, other: Self) -> Self;
    /// `x` if `a > b`, else `y`; comparisons with NaN are false.
    fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self;
    /// `x` if `a` is NaN, else `y`.
    fn select_nan(a: Self, x: Self, y: Self) -> Self;
}

/// A scalar that stands for an expression in variables: two evaluations are compared by it.
pub trait Symbol: Scalar + PartialEq + std::fmt::Debug {
    /// The variable with this number.
    fn variable(number: usize) -> Self;
}
