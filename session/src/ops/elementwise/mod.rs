//! Elementwise operations: each rounds once per written operation.
//!
//! ```text
//! elementwise/mod.rs         what they have in common: one function of an element, or of a pair
//! elementwise/arithmetic.rs  + - * / and their forms with a plain number
//! elementwise/smooth.rs      exp, ln, tanh, ..: the local factor times the cotangent
//! elementwise/piecewise.rs   relu, abs, clamp, select, ..: the cotangent is chosen, never multiplied by 0
//! ```

mod arithmetic;
mod piecewise;
mod smooth;

use super::{Emit, Flops, Operation, Site, View, equal, one};
use crate::ir::op::*;
use crate::ir::{DynShape, Id};
use crate::scalar::Scalar;

/// An operation on one element at a time.
pub(crate) trait Unary {
    /// As [`Operation::FLOPS`].
    const FLOPS: Flops = Flops::PerOutput(1);

    /// The value of an element. Implementations are `#[inline(always)]`: the kernels compile them into
    /// their loops.
    fn value<S: Scalar>(&self, x: S) -> S;

    /// The values of elements.
    #[inline(never)]
    fn values<S: Scalar>(&self, x: &[S], out: &mut [S]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = self.value(x);
        }
    }

    /// The local factor applied to `d`, a cotangent of the value or a tangent of the operand; `None` if
    /// no derivative flows.
    fn derivative(&self, emit: &mut Emit<'_>, x: Id, y: Id, d: Id) -> Option<Id>;

    /// The rule that the attributes break, if they break one.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

macro_rules! unary {
    ($($op:ident)*) => {$(
        impl Operation for $op {
            const FLOPS: Flops = <Self as Unary>::FLOPS;

            fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
                self.check().map(|()| one(operands))
            }
            fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
                self.values(one(operands).data, out);
            }
            fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
                vec![self.derivative(emit, one(site.operands), site.output, cotangent)]
            }
            fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
                one(tangents).and_then(|tangent| self.derivative(emit, one(site.operands), site.output, tangent))
            }
        }
    )*};
}

/// An operation on two elements at a time.
pub(crate) trait Binary {
    /// The value of a pair of elements. Implementations are `#[inline(always)]`.
    fn value<S: Scalar>(&self, a: S, b: S) -> S;

    /// The values of pairs of elements.
    #[inline(never)]
    fn values<S: Scalar>(&self, a: &[S], b: &[S], out: &mut [S]) {
        for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
            *out = self.value(a, b);
        }
    }

    /// The contributions of a cotangent.
    fn cotangents(&self, emit: &mut Emit<'_>, a: Id, b: Id, y: Id, d: Id) -> [Option<Id>; 2];

    /// The tangent of the value.
    fn tangent(&self, emit: &mut Emit<'_>, a: Id, b: Id, y: Id, tangents: [Option<Id>; 2]) -> Option<Id>;

    /// The rule that the attributes break, if they break one.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

macro_rules! binary {
    ($($op:ident)*) => {$(
        impl Operation for $op {
            fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
                self.check()?;
                equal(&operands[0], &operands[1])
            }
            fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
                self.values(operands[0].data, operands[1].data, out);
            }
            fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
                self.cotangents(emit, site.operands[0], site.operands[1], site.output, cotangent).to_vec()
            }
            fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
                let [a, b] = [site.operands[0], site.operands[1]];
                self.tangent(emit, a, b, site.output, [tangents[0], tangents[1]])
            }
        }
    )*};
}

/// Hands the operations of one element and those of a pair to the macro `$callback`.
macro_rules! elementwise {
    ($callback:ident) => {
        $callback! {
            unary:
                Neg Scale DivScalar AddScalar ScalarSub ScalarDiv
                Relu LeakyRelu Elu Abs Clamp SafeLog Detach
                Gelu GeluTanh Silu Sqrt Pow Tanh Sigmoid Softplus Exp Log Sin Cos Erf;
            binary: Add Sub Mul Div Maximum Minimum Gate ClampGate;
        }
    };
}
pub(crate) use elementwise;

macro_rules! operations {
    (unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
        unary! { $($unary)* }
        binary! { $($binary)* }
    };
}
elementwise! { operations }

impl Operation for Axpy {
    const FLOPS: Flops = Flops::PerOutput(2);

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        if !operands[0].is_empty() {
            return Err("alpha must be a scalar, of shape []".to_owned());
        }
        equal(&operands[1], &operands[2])
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

impl Operation for SelectGt {
    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        operands[1..].iter().try_fold(operands[0], |shape, operand| equal(&shape, operand))
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let [a, b, x, y] = [0, 1, 2, 3].map(|operand| operands[operand].data);
        for (index, out) in out.iter_mut().enumerate() {
            *out = S::select_gt(a[index], b[index], x[index], y[index]);
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let [a, b] = [site.operands[0], site.operands[1]];
        let zero = emit.zeros_like(cotangent);
        let to_x = emit.select_gt(a, b, cotangent, zero);
        let to_y = emit.select_gt(a, b, zero, cotangent);
        vec![None, None, Some(to_x), Some(to_y)]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let [a, b] = [site.operands[0], site.operands[1]];
        let given = tangents[2].or(tangents[3])?;
        let zero = emit.zeros_like(given);
        Some(emit.select_gt(a, b, tangents[2].unwrap_or(zero), tangents[3].unwrap_or(zero)))
    }
}
