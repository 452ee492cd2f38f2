//! The calls of kernels, one after the other: small ones cost little more than their work.

use std::ops::Range;

use super::bind::Inputs;
use super::elementwise::{OfOne, OfTwo, Scaled};
use super::fast::Fast;
use super::run::Space;
use crate::ir::Op;
use crate::kernels::elementwise::{self as kernels, Bound as Function, apply};
use crate::kernels::fused::MAX_ARGUMENTS;
use crate::kernels::matmul::{OfVectors, Then};
use crate::kernels::transpose::transposed;
use crate::kernels::{Accesses, Activation, InstructionSet, Parts, Processor};
use crate::ops::loss::mean_square;
use crate::scalar::Float;

/// What computes something with its parts of the memory and the other inputs of a run. The parts that are written are for
/// a loop of several steps scratch, then their values; else a value, then scratch.
pub type Kernel<T> = Box<dyn Fn(&Processor, Parts<'_, T>, Inputs<'_>) + Send + Sync>;

/// What is computed by a call, beside its parts of the memory.
pub struct Call<T>(pub(super) Link<T>);

/// What is computed by a call: all but a [`Link::Kernel`] in a few instructions beside its work, all that shapes decide
/// decided.
pub(super) enum Link<T> {
    /// An operation that takes few elements no longer than a call: compiled where it is chosen.
    Cheap(Box<Op>),
    /// Any other elementwise operation on one thread.
    Function(Function<T>),
    /// A product with a vector, or of two.
    Product(Box<OfVectors<T>>),
    /// The same with a bias.
    Linear(Box<Layer<T>>),
    /// The same with weights whose transpose is kept.
    LinearOfKept(Kept, Box<Layer<T>>),
    /// The same with the update that it is for.
    Update(Box<OfVectors<T>>),
    /// The mean of the squares of a few differences.
    MeanSquare,
    Kernel(Kernel<T>),
}

/// A linear layer of a vector.
pub(super) struct Layer<T> {
    pub product: OfVectors<T>,
    pub activation: Option<Activation>,
}

impl<T: Float> Layer<T> {
    #[inline(always)]
    fn run(&self, x: &[T], w: &[T], bias: &[T], out: &mut [T]) {
        self.product.run(x, w, Then::Bias(bias, self.activation), out);
    }
}

/// A leaf whose transpose is kept from run to run.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub leaf: usize,
    pub rows: usize,
    pub columns: usize,
}

impl Kept {
    /// Transposes the leaf, unless it is that of the last run.
    #[inline]
    pub fn renew<T: Float>(self, processor: &Processor, inputs: Inputs<'_>, leaf: &[T], transpose: &mut [T]) {
        if !inputs.is_unchanged(self.leaf) {
            transposed(processor, self.rows, self.columns, leaf, transpose);
        }
    }
}

/// The operations that are [`Link::Cheap`].
macro_rules! cheap {
    ($callback:ident!($($arguments:tt)*)) => {
        $callback! {
            $($arguments)*
            unary: Neg Scale AddScalar ScalarSub DivScalar Relu Sqrt;
            binary: Add Sub Mul Div Gate;
        }
    };
}

macro_rules! matches_cheap {
    ($op:expr; unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
        matches!($op, Op::Axpy(_) $(| Op::$unary(_))* $(| Op::$binary(_))*)
    };
}

/// Whether an operation can be [`Link::Cheap`].
pub(super) fn is_cheap(op: &Op) -> bool {
    cheap!(matches_cheap!(op;))
}

macro_rules! apply_cheap {
    ($op:expr, $parts:expr; unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
        match $op {
            $(Op::$unary(op) => {
                let (x, [out]) = $parts.take::<1, 1>();
                apply(OfOne(op), &x, out);
            })*
            $(Op::$binary(op) => {
                let (x, [out]) = $parts.take::<2, 1>();
                apply(OfTwo(op), &x, out);
            })*
            Op::Axpy(_) => {
                let ([alpha, x, y], [out]) = $parts.take();
                apply(Scaled { alpha: alpha[0] }, &[x, y], out);
            }
            op => unreachable!("{} is not cheap", op.name()),
        }
    };
}

impl<T: Float> Fast<'_, T> {
    /// A range of calls, one after the other.
    pub(super) fn execute(self, calls: &Accesses<Call<T>>, range: Range<usize>, space: &mut Space<'_, T>) {
        let processor = self.processor;
        if processor.instruction_set != InstructionSet::NONE {
            return kernels::run_together::<T>(processor.instruction_set, Run { calls, range, processor, space });
        }
        let (mut accesses, inputs) = space.follow(calls, range);
        while let Some((Call(link), parts)) = accesses.next() {
            let Link::Kernel(kernel) = link else { unreachable!("there are only kernels without vectors") };
            kernel(processor, parts, inputs);
        }
    }
}

/// A run of calls.
struct Run<'a, 's, T> {
    calls: &'a Accesses<Call<T>>,
    range: Range<usize>,
    processor: &'a Processor,
    space: &'a mut Space<'s, T>,
}

impl<T: Float> kernels::Together for Run<'_, '_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { calls, range, processor, space } = self;
        let (mut accesses, inputs) = space.follow(calls, range);
        while let Some((Call(link), parts)) = accesses.next() {
            match link {
                Link::Cheap(op) => cheap!(apply_cheap!(&**op, parts;)),
                Link::Function(function) if parts.reads() == 1 => {
                    let ([x], [out]) = parts.take();
                    function.run(processor.instruction_set, &[x], out);
                }
                Link::Function(function) => {
                    let count = parts.reads();
                    let (x, [out, _]) = parts.take_all::<MAX_ARGUMENTS, 2>();
                    function.run(processor.instruction_set, &x[..count], out);
                }
                Link::Product(product) => {
                    let ([a, b], [out]) = parts.take();
                    product.run(a, b, Then::Nothing, out);
                }
                Link::Linear(layer) => {
                    let ([w, bias, x], [out]) = parts.take();
                    layer.run(x, w, bias, out);
                }
                Link::LinearOfKept(kept, layer) => {
                    let ([w, bias, x], [out, transpose]) = parts.take();
                    kept.renew(processor, inputs, w, transpose);
                    layer.run(x, transpose, bias, out);
                }
                Link::Update(product) => {
                    let ([a, b, alpha, other], [out]) = parts.take();
                    let then = Then::Update { alpha: alpha[0], other };
                    product.run(a, b, then, out);
                }
                Link::MeanSquare => {
                    let (x, [out, squares]) = parts.take::<2, 2>();
                    out[0] = match x {
                        // A sum of one square, which is never -0, and its mean are that square.
                        [&[prediction], &[target]] => {
                            let difference = prediction - target;
                            difference * difference
                        }
                        _ => mean_square(x, &mut squares[..x[0].len()]),
                    };
                }
                Link::Kernel(kernel) => kernel(processor, parts, inputs),
            }
        }
    }
}
