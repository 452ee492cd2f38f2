//! The rules of every operation, one file a family.
//!
//! An operation's rules stand side by side in its `impl Operation`: the shape rule (the run-time twin
//! of the rule in `shapes`), the value (generic over [`Scalar`]: the definition, its order of
//! summation included), and the two derivatives, which are graph fragments. The table in
//! [`crate::ir::op`] dispatches to them; a row without rules does not compile.

mod check;
pub(crate) mod conv;
mod dropout;
pub(crate) mod elementwise;
mod emit;
mod index;
mod layout;
pub(crate) mod loss;
mod mask;
pub(crate) mod matmul;
pub(crate) mod pool;
pub(crate) mod reduce;
pub(crate) mod softmax;
mod source;
mod stats;

use crate::ir::op::ops;
use crate::ir::{DynShape, Id, NatId, Op};
use crate::scalar::Scalar;

#[cfg(feature = "stablehlo")]
pub(crate) use dropout::STREAM;
pub use emit::Emit;
use stats::multiply;
pub use stats::{OperationStats, Stats};

/// A value being read: its shape and its elements in row-major order.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, S> {
    /// The shape.
    pub shape: DynShape,
    /// The elements.
    pub data: &'a [S],
}

/// The node whose derivative is asked for, with the shapes of its operands and of its value.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The operands.
    pub operands: &'a [Id],
    /// The value.
    pub output: Id,
}

/// How the FLOPs of an operation are counted that need no rule of their own.
pub(crate) enum Flops {
    /// So many for each element of the value.
    PerOutput(usize),
    /// So many for each element of the last operand.
    PerOperand(usize),
}

impl Flops {
    /// Of what moves elements or repeats them.
    pub(crate) const NONE: Self = Self::PerOutput(0);
    /// Of what exponentials, their sum and a division or a logarithm are made of.
    pub(crate) const SOFTMAX: Self = Self::PerOperand(5);

    #[inline(never)]
    fn count(&self, operands: &[DynShape], output: DynShape) -> u64 {
        match (self, operands.last()) {
            (&Self::PerOutput(each), _) => multiply(&[each, output.elements()]),
            (&Self::PerOperand(each), operand) => multiply(&[each, operand.map_or(0, DynShape::elements)]),
        }
    }
}

/// The rules of one operation.
pub(crate) trait Operation {
    /// What [`flops`](Self::flops) counts by.
    const FLOPS: Flops = Flops::PerOutput(1);

    /// The shape of the value, or the rule that the operands break.
    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String>;

    /// The value: every element of `out` is written.
    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]);

    /// The contribution of a cotangent to each operand; `None` is a structural zero.
    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>>;

    /// The tangent of the value, given those of the operands; `None` is a structural zero.
    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id>;

    /// If it indexes with a natural-number input: that and the size that bounds the indices.
    fn indices(&self, _operands: &[DynShape]) -> Option<(NatId, usize)> {
        None
    }

    /// The number of floating-point operations, by the convention of [`Stats`].
    fn flops(&self, operands: &[DynShape], output: DynShape) -> u64 {
        Self::FLOPS.count(operands, output)
    }
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $op:ident $name:literal $arity:tt..=$most:tt { $($attributes:tt)* })*) => {
        impl Op {
            /// The shape of the value, or the rule that the operands break.
            pub(crate) fn rule(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
                match self {
                    $(Self::$op(op) => op.shape(operands, naturals),)*
                }
            }

            /// The definition: computes the value into `out`, which has its number of elements.
            ///
            /// Naturals are the natural-number inputs of the graph, in order.
            pub fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
                match self {
                    $(Self::$op(op) => op.eval(operands, naturals, out),)*
                }
            }

            /// The reverse rule: emits the contribution of a cotangent to each operand; `None` is a
            /// structural zero.
            pub fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
                match self {
                    $(Self::$op(op) => op.vjp(emit, site, cotangent),)*
                }
            }

            /// The forward rule: emits the tangent of the value; `None` is a structural zero.
            pub fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
                match self {
                    $(Self::$op(op) => op.jvp(emit, site, tangents),)*
                }
            }

            /// The natural-number input the operation indexes with and the size that bounds the
            /// indices, if it is an index operation.
            pub fn indices(&self, operands: &[DynShape]) -> Option<(NatId, usize)> {
                match self {
                    $(Self::$op(op) => op.indices(operands),)*
                }
            }

            /// The number of floating-point operations on operands of these shapes that give a value of this
            /// one, by the convention of [`Stats`].
            pub fn flops(&self, operands: &[DynShape], output: DynShape) -> u64 {
                match self {
                    $(Self::$op(op) => op.flops(operands, output),)*
                }
            }
        }
    };
}

ops!(dispatch);

/// The only operand of a unary operation.
fn one<T: Copy>(operands: &[T]) -> T {
    operands[0]
}

/// What is said about an axis that a shape does not have.
pub(crate) fn no_axis(axis: usize, shape: DynShape) -> String {
    format!("there is no axis {axis}: the axes are numbered from 0 and there are {}", shape.len())
}

/// Whether two shapes are equal, by the axes that there are: recording compares many.
fn same(a: &DynShape, b: &DynShape) -> bool {
    a.iter().eq(b.iter())
}

/// Refuses shapes that differ.
fn equal(a: &DynShape, b: &DynShape) -> Result<DynShape, String> {
    if same(a, b) { Ok(*a) } else { Err("the shapes must be equal".to_owned()) }
}
