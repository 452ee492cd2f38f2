//! Elementwise operations as functions for the kernels: their definition, compiled into the kernels' loop.

use crate::ir::Op;
use crate::ir::op::*;
use crate::kernels::elementwise::{Bound, Function, run};
use crate::ops::elementwise::{Binary, Unary, elementwise};
use crate::scalar::Float;

#[cfg(test)]
mod tests;

/// An operation of one element.
pub(super) struct OfOne<'o, O>(pub(super) &'o O);

/// An operation of a pair of elements.
pub(super) struct OfTwo<'o, O>(pub(super) &'o O);

/// What an operation costs: [`Function::COST`].
trait Cost {
    const COST: usize;
}

macro_rules! costs {
    ($($cost:literal => $($op:ident)*;)*) => {$($(
        impl Cost for $op {
            const COST: usize = $cost;
        }
    )*)*};
}

costs! {
    2 => Neg Scale AddScalar ScalarSub Relu Detach;
    3 => Add Sub Mul Gate LeakyRelu Abs;
    4 => Maximum Minimum Clamp ClampGate;
    6 => DivScalar ScalarDiv Div Sqrt;
    8 => Exp;
    10 => Log Sin Cos;
    12 => Elu SafeLog Tanh Sigmoid;
    14 => Silu;
    16 => Softplus Erf;
    18 => GeluTanh;
    20 => Gelu;
    24 => Pow;
}

/// What 16 elements of an elementwise operation cost: [`Function::COST`].
pub(super) fn cost(op: &Op) -> usize {
    macro_rules! costs {
        (unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
            match op {
                $(Op::$unary(_) => <$unary as Cost>::COST,)*
                $(Op::$binary(_) => <$binary as Cost>::COST,)*
                Op::SelectGt(_) => 5,
                _ => 3,
            }
        };
    }
    elementwise!(costs)
}

/// The operation that computes each element alone, of one that computes element by element: a sum of single elements is
/// `+0 + x`, which makes a zero positive.
pub(super) fn by_element(op: &Op) -> Op {
    match op {
        Op::Sum(_) => AddScalar { number: 0.0.into() }.into(),
        op => op.clone(),
    }
}

/// The operations whose values have the elements of their operands.
pub(super) fn bound<T: Float>(op: &Op) -> Bound<T> {
    macro_rules! dispatch {
        (unary: $($unary:ident)*; binary: $($binary:ident)*;) => { match op.clone() {
            $(Op::$unary(own) => Bound::new(cost(op), move |set, x, out| run(set, OfOne(&own), x, out)),)*
            $(Op::$binary(own) => Bound::new(cost(op), move |set, x, out| run(set, OfTwo(&own), x, out)),)*
            Op::Axpy(_) => Bound::new(cost(op), |set, x, out| run(set, Scaled { alpha: x[0][0] }, &x[1..], out)),
            Op::SelectGt(_) => Bound::new(cost(op), |set, x, out| run(set, Select, x, out)),
            _ => unreachable!("only elementwise operations come here"),
        } };
    }
    elementwise!(dispatch)
}

macro_rules! function {
    ($function:ident $rules:ident $count:literal ($($x:ident),*)) => {
        impl<O> Clone for $function<'_, O> {
            #[inline(always)]
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<O> Copy for $function<'_, O> {}

        impl<T: Float, O: $rules + Cost + Sync> Function<T, $count> for $function<'_, O> {
            const COST: usize = O::COST;
            #[inline(always)]
            fn at(self, [$($x),*]: [T; $count]) -> T {
                self.0.value($($x),*)
            }
        }
    };
}

function! { OfOne Unary 1 (x) }
function! { OfTwo Binary 2 (a, b) }

/// `alpha * x + y`, rounded once.
#[derive(Clone, Copy)]
pub(super) struct Scaled<T> {
    pub(super) alpha: T,
}

impl<T: Float> Function<T, 2> for Scaled<T> {
    const COST: usize = 3;
    #[inline(always)]
    fn at(self, [x, y]: [T; 2]) -> T {
        self.alpha.mul_add(x, y)
    }
}

/// `x` if `a > b`, else `y`.
#[derive(Clone, Copy)]
pub(super) struct Select;

impl<T: Float> Function<T, 4> for Select {
    const COST: usize = 5;
    #[inline(always)]
    fn at(self, [a, b, x, y]: [T; 4]) -> T {
        T::select_gt(a, b, x, y)
    }
}
