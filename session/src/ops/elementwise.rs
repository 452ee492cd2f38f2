//! Elementwise operations: each rounds once per written operation.

use super::{Emit, Operation, Site, View, equal, one};
use crate::ir::op::{Add, Axpy, Div, DivScalar, Exp, Gate, Log, Mul, Neg, Relu, ScalarSub, Scale, Sub, Tanh};
use crate::ir::{DynShape, Id};
use crate::scalar::Scalar;

/// `v` where `x` is positive or NaN, else `+0`.
pub(crate) fn gate<S: Scalar>(x: S, v: S) -> S {
    S::select_nan(x, v, S::select_gt(x, S::literal(0.0), v, S::literal(0.0)))
}

/// An operation on one element at a time.
trait Unary {
    /// The value of an element.
    fn value<S: Scalar>(&self, x: S) -> S;

    /// The local factor applied to `d`, a cotangent of the value or a tangent of the operand.
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, y: Id, d: Id) -> Id;
}

impl Unary for Neg {
    fn value<S: Scalar>(&self, x: S) -> S {
        -x
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Id {
        emit.neg(d)
    }
}

impl Unary for Scale {
    fn value<S: Scalar>(&self, x: S) -> S {
        x * S::literal(self.factor.value())
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Id {
        emit.scale(d, self.factor.value())
    }
}

impl Unary for DivScalar {
    fn value<S: Scalar>(&self, x: S) -> S {
        x / S::literal(self.number.value())
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Id {
        emit.div_scalar(d, self.number.value())
    }
}

impl Unary for ScalarSub {
    fn value<S: Scalar>(&self, x: S) -> S {
        S::literal(self.number.value()) - x
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, _: Id, d: Id) -> Id {
        emit.neg(d)
    }
}

impl Unary for Relu {
    fn value<S: Scalar>(&self, x: S) -> S {
        gate(x, x)
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Id {
        emit.gate(x, d)
    }
}

impl Unary for Tanh {
    fn value<S: Scalar>(&self, x: S) -> S {
        x.tanh()
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, y: Id, d: Id) -> Id {
        let square = emit.mul(y, y);
        let factor = emit.scalar_sub(1.0, square);
        emit.mul(d, factor)
    }
}

impl Unary for Exp {
    fn value<S: Scalar>(&self, x: S) -> S {
        x.exp()
    }
    fn derivative(&self, emit: &mut Emit<'_>, _: Id, y: Id, d: Id) -> Id {
        emit.mul(d, y)
    }
}

impl Unary for Log {
    fn value<S: Scalar>(&self, x: S) -> S {
        x.ln()
    }
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, _: Id, d: Id) -> Id {
        emit.div(d, x)
    }
}

macro_rules! unary {
    ($($op:ident)*) => {$(
        impl Operation for $op {
            fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
                Ok(one(operands))
            }
            fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
                for (out, &x) in out.iter_mut().zip(one(operands).data) {
                    *out = self.value(x);
                }
            }
            fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
                vec![Some(self.derivative(emit, one(site.operands), site.output, cotangent))]
            }
            fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
                one(tangents).map(|tangent| self.derivative(emit, one(site.operands), site.output, tangent))
            }
        }
    )*};
}

unary! { Neg Scale DivScalar ScalarSub Relu Tanh Exp Log }

/// An operation on two elements at a time.
trait Binary {
    /// The value of a pair of elements.
    fn value<S: Scalar>(a: S, b: S) -> S;

    /// The contributions of a cotangent.
    fn cotangents(emit: &mut Emit<'_>, a: Id, b: Id, y: Id, d: Id) -> [Option<Id>; 2];

    /// The tangent of the value.
    fn tangent(emit: &mut Emit<'_>, a: Id, b: Id, y: Id, tangents: [Option<Id>; 2]) -> Option<Id>;
}

impl Binary for Add {
    fn value<S: Scalar>(a: S, b: S) -> S {
        a + b
    }
    fn cotangents(_: &mut Emit<'_>, _: Id, _: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(d), Some(d)]
    }
    fn tangent(emit: &mut Emit<'_>, _: Id, _: Id, _: Id, tangents: [Option<Id>; 2]) -> Option<Id> {
        emit.total(tangents)
    }
}

impl Binary for Sub {
    fn value<S: Scalar>(a: S, b: S) -> S {
        a - b
    }
    fn cotangents(emit: &mut Emit<'_>, _: Id, _: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(d), Some(emit.neg(d))]
    }
    fn tangent(emit: &mut Emit<'_>, _: Id, _: Id, _: Id, tangents: [Option<Id>; 2]) -> Option<Id> {
        match tangents {
            [Some(a), Some(b)] => Some(emit.sub(a, b)),
            [a, b] => a.or_else(|| b.map(|b| emit.neg(b))),
        }
    }
}

impl Binary for Mul {
    fn value<S: Scalar>(a: S, b: S) -> S {
        a * b
    }
    fn cotangents(emit: &mut Emit<'_>, a: Id, b: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [Some(emit.mul(d, b)), Some(emit.mul(d, a))]
    }
    fn tangent(emit: &mut Emit<'_>, a: Id, b: Id, _: Id, [da, db]: [Option<Id>; 2]) -> Option<Id> {
        let terms = [da.map(|da| emit.mul(da, b)), db.map(|db| emit.mul(a, db))];
        emit.total(terms)
    }
}

impl Binary for Div {
    fn value<S: Scalar>(a: S, b: S) -> S {
        a / b
    }
    fn cotangents(emit: &mut Emit<'_>, _: Id, b: Id, y: Id, d: Id) -> [Option<Id>; 2] {
        let quotient = emit.div(d, b);
        let product = emit.mul(quotient, y);
        [Some(quotient), Some(emit.neg(product))]
    }
    fn tangent(emit: &mut Emit<'_>, _: Id, b: Id, y: Id, [da, db]: [Option<Id>; 2]) -> Option<Id> {
        let db = db.map(|db| emit.mul(y, db));
        let numerator = Sub::tangent(emit, y, y, y, [da, db])?;
        Some(emit.div(numerator, b))
    }
}

impl Binary for Gate {
    fn value<S: Scalar>(x: S, v: S) -> S {
        gate(x, v)
    }
    fn cotangents(emit: &mut Emit<'_>, x: Id, _: Id, _: Id, d: Id) -> [Option<Id>; 2] {
        [None, Some(emit.gate(x, d))]
    }
    fn tangent(emit: &mut Emit<'_>, x: Id, _: Id, _: Id, [_, dv]: [Option<Id>; 2]) -> Option<Id> {
        dv.map(|dv| emit.gate(x, dv))
    }
}

macro_rules! binary {
    ($($op:ident)*) => {$(
        impl Operation for $op {
            fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
                equal(operands[0], operands[1])
            }
            fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
                for ((out, &a), &b) in out.iter_mut().zip(operands[0].data).zip(operands[1].data) {
                    *out = Self::value(a, b);
                }
            }
            fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
                Self::cotangents(emit, site.operands[0], site.operands[1], site.output, cotangent).to_vec()
            }
            fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
                let [a, b] = [site.operands[0], site.operands[1]];
                Self::tangent(emit, a, b, site.output, [tangents[0], tangents[1]])
            }
        }
    )*};
}

binary! { Add Sub Mul Div Gate }

impl Operation for Axpy {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        if !operands[0].is_empty() {
            return Err("alpha must be a scalar, of shape []".to_owned());
        }
        equal(operands[1], operands[2])
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let alpha = operands[0].data[0];
        for ((out, &x), &y) in out.iter_mut().zip(operands[1].data).zip(operands[2].data) {
            *out = alpha.mul_add(x, y);
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let [alpha, x] = [site.operands[0], site.operands[1]];
        let product = emit.mul(cotangent, x);
        let to_alpha = emit.sum_all(product);
        let alpha = emit.broadcast(alpha, emit.shape(x));
        vec![Some(to_alpha), Some(emit.mul(cotangent, alpha)), Some(cotangent)]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let shape = emit.shape(site.output);
        let terms = [
            tangents[0].map(|d| {
                let d = emit.broadcast(d, shape);
                emit.mul(d, site.operands[1])
            }),
            tangents[1].map(|d| {
                let alpha = emit.broadcast(site.operands[0], shape);
                emit.mul(alpha, d)
            }),
            tangents[2],
        ];
        emit.total(terms)
    }
}
