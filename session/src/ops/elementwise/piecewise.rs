//! Functions in pieces: the cotangent, or a multiple of it, or 0 is chosen, never multiplied by 0.

use super::{Binary, Unary};
use crate::ir::op::{Abs, Clamp, ClampGate, Detach, Elu, Gate, LeakyRelu, Relu, SafeLog};
use crate::ir::{Id, Literal};
use crate::ops::{Emit, Flops};
use crate::scalar::Scalar;

/// `v` where `x` is positive or NaN, else `+0`.
#[inline(always)]
pub(crate) fn gate<S: Scalar>(x: S, v: S) -> S {
    S::select_nan(x, v, S::select_gt(x, S::literal(0.0), v, S::literal(0.0)))
}

impl Unary for Relu {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        gate(x, x)
    }
    // The value is positive or NaN where the operand is, so that the operand need not be kept.
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, y: Id, d: Id) -> Option<Id> {
        Some(emit.gate(y, d))
    }
}

impl Binary for Gate {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S, v: S) -> S {
        gate(x, v)
    }
    fn cotangents(&self, emit: &mut Emit<'_>, x: Id, _: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [None, Some(emit.gate(x, d))]
    }
    fn tangent(&self, emit: &mut Emit<'_>, x: Id, _: Id, _: Id, [_, dv]: [Option<Id>; 2]) -> Option<Id> {
        dv.map(|dv| emit.gate(x, dv))
    }
}

impl Unary for LeakyRelu {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        S::select_gt(x, S::literal(0.0), x, x * S::literal(self.slope.value()))
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let (zero, sloped) = (emit.zeros_like(x), emit.scale(d, self.slope.value()));
        Some(emit.select_gt(x, zero, d, sloped))
    }
}

impl Unary for Elu {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        // The exponential of a positive number is not needed, and may be infinite.
        let zero = S::literal(0.0);
        let below = S::literal(self.alpha.value()) * (S::select_gt(x, zero, zero, x).exp() - S::literal(1.0));
        S::select_gt(x, zero, x, below)
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let zero = emit.zeros_like(x);
        let below = emit.select_gt(x, zero, zero, x);
        let power = emit.exp(below);
        let factor = emit.scale(power, self.alpha.value());
        let product = emit.mul(d, factor);
        Some(emit.select_gt(x, zero, d, product))
    }
}

impl Unary for Abs {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.maximum(-x)
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        let (zero, negative) = (emit.zeros_like(x), emit.neg(d));
        let rest = emit.select_gt(zero, x, negative, zero);
        Some(emit.select_gt(x, zero, d, rest))
    }
}

impl Unary for SafeLog {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        let epsilon = S::literal(self.epsilon.value());
        S::select_nan(x, S::literal(f64::NAN), S::select_gt(x, epsilon, x, epsilon).ln())
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        // The divisor is that of the logarithm, so that no quotient by 0 waits where 0 is chosen.
        let (zero, epsilon) = (emit.zeros_like(x), emit.full(emit.shape(x), self.epsilon.value()));
        let divisor = emit.select_gt(x, epsilon, x, epsilon);
        let quotient = emit.div(d, divisor);
        Some(emit.select_gt(x, epsilon, quotient, zero))
    }
    fn check(&self) -> Result<(), String> {
        let epsilon = self.epsilon.value();
        if epsilon > 0.0 && epsilon.is_finite() {
            Ok(())
        } else {
            Err(format!("epsilon must be positive and finite, not {}", self.epsilon))
        }
    }
}

/// Refuses bounds that compare with nothing.
fn numbers(bounds: [Literal; 2]) -> Result<(), String> {
    match bounds.iter().any(|bound| bound.value().is_nan()) {
        true => Err(format!("the bounds {} and {} must be numbers", bounds[0], bounds[1])),
        false => Ok(()),
    }
}

impl Unary for Clamp {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        let (lo, hi) = (self.lo.value(), self.hi.value());
        let [lower, upper] = [lo, hi].map(S::literal);
        // A bound itself is chosen at the bound, so that no derivative flows there.
        let above = S::select_gt(upper, x, x, upper);
        let clamped = S::select_gt(x, lower, above, if lo > hi { upper } else { lower });
        S::select_nan(x, S::literal(f64::NAN), clamped)
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Option<Id> {
        Some(emit.push(ClampGate { lo: self.lo, hi: self.hi }, &[x, d]))
    }
    fn check(&self) -> Result<(), String> {
        numbers([self.lo, self.hi])
    }
}

impl Binary for ClampGate {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S, v: S) -> S {
        let zero = S::literal(0.0);
        let [lo, hi] = [self.lo, self.hi].map(|bound| S::literal(bound.value()));
        S::select_gt(x, lo, S::select_gt(hi, x, v, zero), zero)
    }
    fn cotangents(&self, emit: &mut Emit<'_>, x: Id, _: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [None, Some(emit.push(self.clone(), &[x, d]))]
    }
    fn tangent(&self, emit: &mut Emit<'_>, x: Id, _: Id, _: Id, [_, dv]: [Option<Id>; 2]) -> Option<Id> {
        dv.map(|dv| emit.push(self.clone(), &[x, dv]))
    }
    fn check(&self) -> Result<(), String> {
        numbers([self.lo, self.hi])
    }
}

impl Unary for Detach {
    const FLOPS: Flops = Flops::NONE;

    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x.carry(S::literal(0.0))
    }
    fn derivative(&self, _: &mut Emit<'_>, _: Id, _: Id, _: Id) -> Option<Id> {
        None
    }
}
