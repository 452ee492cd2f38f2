//! Smooth functions: the local factor times the cotangent.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::Unary;
use crate::ir::Id;
use crate::ir::op::{Cos, Erf, Exp, Gelu, GeluTanh, Log, Pow, Sigmoid, Silu, Sin, Softplus, Sqrt, Tanh};
use crate::ops::Emit;
use crate::scalar::Scalar;

impl Unary for Sqrt {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.sqrt()
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, y: Id, d: Id) -> Option<Id> {
        let twice = emit.scale(y, 2.0);
        Some(emit.div(d, twice))
    }
}

impl Unary for Pow {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.pow(self.exponent.value())
    }
    /// Nothing flows through the power 0, as in PyTorch: it is 1 everywhere.
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let exponent = self.exponent.value();
        if exponent == 0.0 {
            return None;
        }
        let power = emit.push(Pow { exponent: (exponent - 1.0).into() }, &[x]);
        let factor = emit.scale(power, exponent);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Tanh {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.tanh()
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, y: Id, d: Id) -> Option<Id> {
        let square = emit.mul(y, y);
        let factor = emit.scalar_sub(1.0, square);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Sigmoid {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.sigmoid()
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, y: Id, d: Id) -> Option<Id> {
        let rest = emit.scalar_sub(1.0, y);
        let factor = emit.mul(y, rest);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Softplus {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.softplus()
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let factor = emit.push(Sigmoid {}, &[x]);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Exp {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.exp()
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, y: Id, d: Id) -> Option<Id> {
        Some(emit.mul(d, y))
    }
}

impl Unary for Log {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.ln()
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        Some(emit.div(d, x))
    }
}

impl Unary for Sin {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.sin()
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let factor = emit.push(Cos {}, &[x]);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Cos {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.cos()
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let sine = emit.push(Sin {}, &[x]);
        let factor = emit.neg(sine);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Erf {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.erf()
    }
    /// d 2/√π exp(-x²)
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let square = emit.mul(x, x);
        let exponent = emit.neg(square);
        let bell = emit.exp(exponent);
        let factor = emit.scale(bell, FRAC_2_SQRT_PI);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Gelu {
    /// (x / 2) (1 + erf(x / √2))
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        let erf = (x * S::literal(FRAC_1_SQRT_2)).erf();
        x * S::literal(0.5) * (S::literal(1.0) + erf)
    }
    /// d (Φ(x) + x φ(x)) with the normal distribution function Φ and density φ.
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let argument = emit.scale(x, FRAC_1_SQRT_2);
        let erf = emit.push(Erf {}, &[argument]);
        let sum = emit.add_scalar(erf, 1.0);
        let distribution = emit.scale(sum, 0.5);
        let square = emit.mul(x, x);
        let exponent = emit.scale(square, -0.5);
        let bell = emit.exp(exponent);
        let density = emit.scale(bell, 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
        let slope = emit.mul(x, density);
        let factor = emit.add(distribution, slope);
        Some(emit.mul(d, factor))
    }
}

/// √(2/π), the factor in the argument of [`GeluTanh`].
const SQRT_2_OVER_PI: f64 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
/// The weight of the cube in the argument of [`GeluTanh`].
const CUBIC: f64 = 0.044715;

impl Unary for GeluTanh {
    /// (x / 2) (1 + tanh(√(2/π) (x + 0.044715 x³)))
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        let inner = x + S::literal(CUBIC) * (x * x * x);
        let tanh = (S::literal(SQRT_2_OVER_PI) * inner).tanh();
        x * S::literal(0.5) * (S::literal(1.0) + tanh)
    }
    /// With the hyperbolic tangent t of the argument u: d ((1 + t) / 2 + (x / 2) (1 - t²) u').
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let square = emit.mul(x, x);
        let cube = emit.mul(square, x);
        let cube = emit.scale(cube, CUBIC);
        let inner = emit.add(x, cube);
        let argument = emit.scale(inner, SQRT_2_OVER_PI);
        let tanh = emit.push(Tanh {}, &[argument]);
        let sum = emit.add_scalar(tanh, 1.0);
        let half = emit.scale(sum, 0.5);
        let square_tanh = emit.mul(tanh, tanh);
        let rest = emit.scalar_sub(1.0, square_tanh);
        // Not by the product of both, which is rounded: the rule is exact as it is written.
        let slope = emit.scale(square, CUBIC);
        let slope = emit.scale(slope, 3.0);
        let slope = emit.add_scalar(slope, 1.0);
        let slope = emit.scale(slope, SQRT_2_OVER_PI);
        let product = emit.mul(rest, slope);
        let half_x = emit.scale(x, 0.5);
        let bend = emit.mul(half_x, product);
        let factor = emit.add(half, bend);
        Some(emit.mul(d, factor))
    }
}

impl Unary for Silu {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x * x.sigmoid()
    }
    /// d s (1 + x (1 - s)) with s = sigmoid(x).
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let sigmoid = emit.push(Sigmoid {}, &[x]);
        let rest = emit.scalar_sub(1.0, sigmoid);
        let bend = emit.mul(x, rest);
        let bend = emit.add_scalar(bend, 1.0);
        let factor = emit.mul(sigmoid, bend);
        Some(emit.mul(d, factor))
    }
}
