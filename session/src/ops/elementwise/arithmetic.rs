//! `+ - * /`, between tensors and with plain numbers.

use super::{Binary, Unary};
use crate::ir::Id;
use crate::ir::op::{Add, AddScalar, Div, DivScalar, Maximum, Minimum, Mul, Neg, ScalarDiv, ScalarSub, Scale, Sub};
use crate::ops::Emit;
use crate::scalar::Scalar;

impl Unary for Neg {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        -x
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Option<Id> {
        Some(emit.neg(d))
    }
}

impl Unary for Scale {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x * S::literal(self.factor.value())
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Option<Id> {
        Some(emit.scale(d, self.factor.value()))
    }
}

impl Unary for DivScalar {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x / S::literal(self.number.value())
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Option<Id> {
        Some(emit.div_scalar(d, self.number.value()))
    }
}

impl Unary for AddScalar {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        x + S::literal(self.number.value())
    }
    fn derivative(&self, _: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Option<Id> {
        Some(d)
    }
}

impl Unary for ScalarSub {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        S::literal(self.number.value()) - x
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Option<Id> {
        Some(emit.neg(d))
    }
}

impl Unary for ScalarDiv {
    #[inline(always)]
    fn value<S: Scalar>(&self, x: S) -> S {
        S::literal(self.number.value()) / x
    }
    /// -(d / x) y
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, y: Id, d: Id) -> Option<Id> {
        let quotient = emit.div(d, x);
        let product = emit.mul(quotient, y);
        Some(emit.neg(product))
    }
}

impl Binary for Add {
    #[inline(always)]
    fn value<S: Scalar>(&self, a: S, b: S) -> S {
        a + b
    }
    fn cotangents(&self, _: &mut Emit<'_>, _: Id, _: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(d), Some(d)]
    }
    fn tangent(&self, emit: &mut Emit<'_>, _: Id, _: Id, _: Id, tangents: [Option<Id>; 2]) -> Option<Id> {
        emit.total(tangents)
    }
}

impl Binary for Sub {
    #[inline(always)]
    fn value<S: Scalar>(&self, a: S, b: S) -> S {
        a - b
    }
    fn cotangents(&self, emit: &mut Emit<'_>, _: Id, _: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(d), Some(emit.neg(d))]
    }
    fn tangent(&self, emit: &mut Emit<'_>, _: Id, _: Id, _: Id, tangents: [Option<Id>; 2]) -> Option<Id> {
        match tangents {
            [Some(a), Some(b)] => Some(emit.sub(a, b)),
            [a, b] => a.or_else(|| b.map(|b| emit.neg(b))),
        }
    }
}

impl Binary for Mul {
    #[inline(always)]
    fn value<S: Scalar>(&self, a: S, b: S) -> S {
        a * b
    }
    fn cotangents(&self, emit: &mut Emit<'_>, a: Id, b: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(emit.mul(d, b)), Some(emit.mul(d, a))]
    }
    fn tangent(&self, emit: &mut Emit<'_>, a: Id, b: Id, _: Id, [da, db]: [Option<Id>; 2]) -> Option<Id> {
        let terms = [da.map(|da| emit.mul(da, b)), db.map(|db| emit.mul(a, db))];
        emit.total(terms)
    }
}

impl Binary for Div {
    #[inline(always)]
    fn value<S: Scalar>(&self, a: S, b: S) -> S {
        a / b
    }
    fn cotangents(&self, emit: &mut Emit<'_>, _: Id, b: Id, y: Id, d: Id) -> [Option<Id>; 2] {
        let quotient = emit.div(d, b);
        let product = emit.mul(quotient, y);
        [Some(quotient), Some(emit.neg(product))]
    }
    fn tangent(&self, emit: &mut Emit<'_>, _: Id, b: Id, y: Id, [da, db]: [Option<Id>; 2]) -> Option<Id> {
        let db = db.map(|db| emit.mul(y, db));
        let numerator = Sub {}.tangent(emit, y, y, y, [da, db])?;
        Some(emit.div(numerator, b))
    }
}

/// `d` where `a > b`, half of it where neither is greater, else 0.
fn share(emit: &mut Emit<'_>, a: Id, b: Id, d: Id) -> Id {
    let (zero, half) = (emit.zeros_like(d), emit.scale(d, 0.5));
    let rest = emit.select_gt(b, a, zero, half);
    emit.select_gt(a, b, d, rest)
}

impl Binary for Maximum {
    #[inline(always)]
    fn value<S: Scalar>(&self, a: S, b: S) -> S {
        a.maximum(b)
    }
    fn cotangents(&self, emit: &mut Emit<'_>, a: Id, b: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(share(emit, a, b, d)), Some(share(emit, b, a, d))]
    }
    fn tangent(&self, emit: &mut Emit<'_>, a: Id, b: Id, _: Id, [da, db]: [Option<Id>; 2]) -> Option<Id> {
        let terms = [da.map(|da| share(emit, a, b, da)), db.map(|db| share(emit, b, a, db))];
        emit.total(terms)
    }
}

impl Binary for Minimum {
    #[inline(always)]
    fn value<S: Scalar>(&self, a: S, b: S) -> S {
        a.minimum(b)
    }
    fn cotangents(&self, emit: &mut Emit<'_>, a: Id, b: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(share(emit, b, a, d)), Some(share(emit, a, b, d))]
    }
    fn tangent(&self, emit: &mut Emit<'_>, a: Id, b: Id, _: Id, [da, db]: [Option<Id>; 2]) -> Option<Id> {
        let terms = [da.map(|da| share(emit, b, a, da)), db.map(|db| share(emit, a, b, db))];
        emit.total(terms)
    }
}
