//! `f32` and `f64` as scalars.

use std::fmt::{Display, LowerExp};
use std::str::FromStr;

use super::Scalar;
use crate::kernels::math;

/// A number with a machine representation: `f32` or `f64`. Sealed.
///
/// What numbers of `f64` need is compiled with the library if its feature `f64` is on. It is off by default: then a program
/// that has such numbers compiles that itself, in each of its builds, with the optimisation of its own profile. The
/// results are the same.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of tensors",
    label = "not `f32` or `f64`",
    note = "tensors and sessions have numbers `f32` or `f64`; indices and labels are `usize`, in `s.input_nat_vec(..)`"
)]
pub trait Float: Scalar + crate::kernels::Element + crate::tape::Accelerated + Display + LowerExp + FromStr {
    /// The name of the type, as in safetensors and the text form: `F32` or `F64`.
    const NAME: &'static str;
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The same number as an `f64`, exactly.
    fn to_f64(self) -> f64;
    /// The bit pattern in the low bits, with all NaNs counting as one.
    fn bits(self) -> u64;
}

macro_rules! float {
    ($($type:ident $name:literal;)*) => {$(
        impl Scalar for $type {
            #[inline(always)]
            fn literal(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                $type::mul_add(self, factor, addend)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $type::sqrt(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                math::$type::exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                math::$type::ln(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                math::$type::sin(self)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                math::$type::cos(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                math::$type::tanh(self)
            }
            #[inline(always)]
            fn sigmoid(self) -> Self {
                math::$type::sigmoid(self)
            }
            #[inline(always)]
            fn softplus(self) -> Self {
                math::$type::softplus(self)
            }
            #[inline(always)]
            fn erf(self) -> Self {
                math::$type::erf(self)
            }
            #[inline(always)]
            fn pow(self, exponent: f64) -> Self {
                math::$type::pow(self, exponent)
            }
            #[inline(always)]
            fn maximum(self, other: Self) -> Self {
                math::$type::maximum(self, other)
            }
            #[inline(always)]
            fn minimum(self, other: Self) -> Self {
                math::$type::minimum(self, other)
            }
            #[inline(always)]
            fn carry(self, _: Self) -> Self {
                self
            }
            #[inline(always)]
            fn select_gt(a: Self, b: Self, x: Self, y: Self) -> Self {
                if a > b { x } else { y }
            }
            #[inline(always)]
            fn select_nan(a: Self, x: Self, y: Self) -> Self {
                if a.is_nan() { x } else { y }
            }
        }

        #[diagnostic::do_not_recommend]
        impl Float for $type {
            const NAME: &'static str = $name;
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                if self.is_nan() { $type::NAN.to_bits().into() } else { self.to_bits().into() }
            }
        }
    )*};
}

float! {
    f32 "F32";
    f64 "F64";
}
