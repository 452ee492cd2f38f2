//! Elementwise operations of a few elements, one after the other in one call.

use super::bind::{Inputs, Kernel};
use super::elementwise::{OfOne, OfTwo, Scaled, by_element};
use super::fast::Fast;
use super::schedule::Step;
use crate::ir::Op;
use crate::kernels::elementwise::{self as kernels, apply};
use crate::kernels::{Parts, Processor};
use crate::scalar::Float;

/// A step of several that all run in one call.
enum Link<T> {
    /// One of the operations that take no longer than a call: compiled where they are chosen.
    Cheap(Box<Op>),
    /// Any other has a kernel of its own.
    Kernel(Kernel<T>),
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

macro_rules! is_cheap {
    ($op:expr; unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
        matches!($op, Op::Axpy(_) $(| Op::$unary(_))* $(| Op::$binary(_))*)
    };
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
            op => unreachable!("{} has a kernel", op.name()),
        }
    };
}

impl<T: Float> Fast<'_, T> {
    /// The kernel of steps that run one after the other, each with its parts of a sequence.
    pub(super) fn bind_sequence(self, steps: &[Step]) -> Kernel<T> {
        let link = |step: &Step| match by_element(&step.op) {
            op if cheap!(is_cheap!(op;)) => Link::Cheap(Box::new(op)),
            _ => Link::Kernel(self.bind(step, &[])),
        };
        let links: Box<[Link<T>]> = steps.iter().map(link).collect();
        Box::new(move |processor, parts, inputs| {
            let run = Run { links: &links, processor, parts, inputs };
            kernels::run_together::<T>(processor.instruction_set, run);
        })
    }
}

/// A run of all links.
struct Run<'a, T> {
    links: &'a [Link<T>],
    processor: &'a Processor,
    parts: Parts<'a, T>,
    inputs: Inputs<'a>,
}

impl<T: Float> kernels::Together for Run<'_, T> {
    #[inline(always)]
    fn run(self) {
        let Self { links, processor, mut parts, inputs } = self;
        for (number, link) in links.iter().enumerate() {
            let parts = parts.of_sequence(number);
            match link {
                Link::Cheap(op) => cheap!(apply_cheap!(&**op, parts;)),
                Link::Kernel(kernel) => kernel(processor, parts, inputs),
            }
        }
    }
}
