//! The operations of a tape by kernels, for `f32` and `f64`: the bits of the definition.

use std::marker::PhantomData;
use std::ops::Range;

use super::elementwise::bound;
use super::run::{Kernels, Space};
use super::schedule::{Asks, Instruction, Scratch};
use super::together::Call;
use crate::ir::op::{Linear, Mean, Mul, Sub, Sum};
use crate::ir::{DynShape, Id, Op};
use crate::kernels::convolution::After;
use crate::kernels::elementwise::{Bound, DivScalar, map};
use crate::kernels::fused::MAX_ARGUMENTS;
use crate::kernels::matmul::Then;
use crate::kernels::pooling::MAX_COUNTED;
use crate::kernels::{Access, Accesses, InstructionSet, Pooling, Processor, reduce, softmax};
use crate::mapped::mapped;
use crate::ops::elementwise::elementwise;
use crate::ops::reduce::{BLOCK, Line, Passes};
use crate::ops::{View, pool};
use crate::scalar::Float;
use crate::window::Window;

/// Kernels on a processor. What has none runs by its definition: operations that move elements, and a few whose
/// arithmetic is little beside that; on a machine without vectors, everything.
#[derive(Clone, Copy, Debug)]
pub struct Fast<'p, T> {
    pub(super) processor: &'p Processor,
    scalar: PhantomData<fn() -> T>,
}

/// The window of a pool over all planes of `x`.
fn pooling(window: Window, x: DynShape) -> Pooling {
    Pooling { planes: x.elements() / window.inputs(), axes: window.axes }
}

const CHECKED: &str = "the shapes were checked when the node was made";

impl<'p, T: Float> Fast<'p, T> {
    /// Kernels on this processor.
    pub(crate) fn new(processor: &'p Processor) -> Self {
        Self { processor, scalar: PhantomData }
    }

    /// The scratch that is asked for. `lasting` are the leaves that are seldom others from run to run.
    pub(super) fn scratch(self, asks: Asks<'_>, lasting: &[Id]) -> Scratch {
        let length = match asks {
            Asks::Step(step) if self.is_on_kept_weights(step, lasting) => {
                return Scratch { length: step.operands[0].shape.elements(), keeps: true };
            }
            Asks::Step(step) => {
                let shapes: Vec<DynShape> = mapped(&step.operands, |place| place.shape);
                self.scratch_of(&step.op, &shapes, step.output.shape)
            }
            Asks::Loop(length, fusion) => fusion.sizes(0).scratch(self.processor, length),
        };
        Scratch { length, keeps: false }
    }

    /// The number of elements of scratch that the kernel of an operation takes.
    pub(crate) fn scratch_of(self, op: &Op, operands: &[DynShape], output: DynShape) -> usize {
        match op {
            Op::MatMul(op) => op.geometry(&operands[0], &operands[1]).plan::<T>(self.processor).scratch(),
            Op::Linear(_) => Linear::product(operands[0], operands[2]).plan::<T>(self.processor).scratch(),
            Op::Conv(op) => {
                let (convolution, _) = op.convolution(operands[0], operands[operands.len() - 1]).expect(CHECKED);
                convolution.forward_scratch(self.processor)
            }
            Op::ConvInput(op) => {
                let (convolution, _) = op.convolution(operands[0], operands[1]).expect(CHECKED);
                convolution.input_gradient_scratch(self.processor)
            }
            Op::ConvWeight(op) => {
                let (convolution, _) = op.convolution(operands[0], operands[1]).expect(CHECKED);
                convolution.weight_gradient_scratch(self.processor)
            }
            Op::Sum(Sum { axes }) => between_passes(&Passes::new(operands[0], *axes)),
            Op::Mean(Mean { axes }) => between_passes(&Passes::new(operands[0], *axes)) + output.elements(),
            Op::MaskedSoftmax(_) => operands[0].elements(),
            Op::LogSumExp(_) => operands[0].elements() + 2 * output.elements(),
            Op::MseLoss(_) => 2 * operands[0].elements(),
            Op::CrossEntropy(_) => {
                let line = Line::along(operands[0], operands[0].len() - 1);
                operands[0].elements() + line.outer
            }
            _ => 0,
        }
    }

    /// Sums in passes; the scratch holds what lies between them.
    pub(super) fn sum(self, passes: &[Line], x: &[T], out: &mut [T], scratch: &mut [T]) {
        let Some((last, first)) = passes.split_last() else {
            out.copy_from_slice(x);
            return;
        };
        let pass = |line: &Line, x: &[T], out: &mut [T]| {
            reduce::sum(self.processor, line.outer, line.count, line.inner, x, out);
        };
        let mut done: Option<&[T]> = None;
        let mut scratch = scratch;
        for line in first {
            let (sums, rest) = scratch.split_at_mut(line.outer * line.inner);
            pass(line, done.unwrap_or(x), sums);
            done = Some(sums);
            scratch = rest;
        }
        pass(last, done.unwrap_or(x), out);
    }
}

fn between_passes(passes: &[Line]) -> usize {
    passes.iter().rev().skip(1).map(|line| line.outer * line.inner).sum()
}

/// Numbers that have kernels.
///
/// Implemented for `f32` and `f64` here, and not for all floats at once, so that the kernels are compiled
/// in this crate, once, and not in every crate that uses a session: those of `f64` with the feature of that name.
pub trait Accelerated: Sized {
    /// [`Kernels::apply`] of [`Fast`].
    #[doc(hidden)]
    fn apply(
        processor: &Processor,
        op: &Op,
        operands: &[View<'_, Self>],
        naturals: &[Vec<usize>],
        out: &mut [Self],
        scratch: &mut [Self],
    );

    /// The calls that an instruction is, all decisions taken.
    #[doc(hidden)]
    fn bind(processor: &Processor, instruction: &Instruction) -> Vec<(Call<Self>, Access)>;

    /// A range of calls, one after the other.
    #[doc(hidden)]
    fn execute(processor: &Processor, calls: &Accesses<Call<Self>>, range: Range<usize>, space: &mut Space<'_, Self>);
}

macro_rules! accelerated {
    ($(#[$attribute:meta] $type:ty)*) => {$(
        impl Accelerated for $type {
            #[$attribute]
            fn apply(
                processor: &Processor,
                op: &Op,
                operands: &[View<'_, Self>],
                naturals: &[Vec<usize>],
                out: &mut [Self],
                scratch: &mut [Self],
            ) {
                Fast::<Self>::new(processor).compute(op, operands, naturals, out, scratch);
            }

            #[$attribute]
            fn bind(processor: &Processor, instruction: &Instruction) -> Vec<(Call<Self>, Access)> {
                Fast::<Self>::new(processor).bind(instruction)
            }

            #[$attribute]
            fn execute(
                processor: &Processor,
                calls: &Accesses<Call<Self>>,
                range: Range<usize>,
                space: &mut Space<'_, Self>,
            ) {
                Fast::<Self>::new(processor).execute(calls, range, space);
            }
        }
    )*};
}

accelerated! { #[inline(never)] f32 #[cfg_attr(not(feature = "f64"), inline)] f64 }

impl<T: Float> Kernels<T> for Fast<'_, T> {
    fn apply(&self, op: &Op, operands: &[View<'_, T>], naturals: &[Vec<usize>], out: &mut [T], scratch: &mut [T]) {
        if self.processor.instruction_set == InstructionSet::NONE {
            return op.eval(operands, naturals, out);
        }
        T::apply(self.processor, op, operands, naturals, out, scratch);
    }
}

/// All operations that are [`bound`].
macro_rules! patterns {
    (unary: $($unary:ident)*; binary: $($binary:ident)*;) => {
        $(Op::$unary(_) |)* $(Op::$binary(_) |)* Op::Axpy(_) | Op::SelectGt(_)
    };
}
pub(super) use patterns;

impl<T: Float> Fast<'_, T> {
    /// The mean of squared differences, by the functions of both: the scratch holds their values.
    pub(super) fn mse_loss(self, [difference, square]: &[Bound<T>; 2], x: [&[T]; 2], out: &mut [T], scratch: &mut [T]) {
        let count = x[0].len();
        let (differences, squares) = scratch.split_at_mut(count);
        difference.map(self.processor, &x, differences);
        square.map(self.processor, &[differences, differences], squares);
        reduce::sum(self.processor, 1, count, 1, squares, out);
        out[0] = out[0] / T::from_f64(count as f64);
    }

    pub(super) fn compute(self, op: &Op, x: &[View<'_, T>], naturals: &[Vec<usize>], out: &mut [T], scratch: &mut [T]) {
        let processor = self.processor;
        match op {
            elementwise!(patterns) => {
                let mut operands: [&[T]; MAX_ARGUMENTS] = [&[]; MAX_ARGUMENTS];
                operands.iter_mut().zip(x).for_each(|(operand, x)| *operand = x.data);
                bound(op).map(processor, &operands[..x.len()], out);
            }

            Op::Sum(op) => self.sum(&Passes::new(x[0].shape, op.axes), x[0].data, out, scratch),
            Op::Mean(op) => {
                let count: usize = op.axes.iter().map(|&axis| x[0].shape[axis]).product();
                let (sums, scratch) = scratch.split_at_mut(out.len());
                self.sum(&Passes::new(x[0].shape, op.axes), x[0].data, sums, scratch);
                map(processor, DivScalar { c: T::from_f64(count as f64) }, [sums], out);
            }
            Op::Max(op) => {
                let line = Line::along(x[0].shape, op.axis);
                reduce::maximum(processor, line.outer, line.count, line.inner, x[0].data, out);
            }
            Op::LogSumExp(op) => {
                let line = Line::along(x[0].shape, op.axis);
                softmax::log_sum_exp(processor, line.outer, line.count, line.inner, x[0].data, out, scratch);
            }
            Op::Softmax(op) => {
                let line = Line::along(x[0].shape, op.axis);
                softmax::softmax(processor, line.outer, line.count, line.inner, x[0].data, out);
            }
            Op::MaskedSoftmax(op) => {
                let allowed = op.allowed(x[0].shape, naturals);
                let line = Line::along(x[0].shape, x[0].shape.len() - 1);
                // A term of -inf has the exponential +0, unless something is NaN: the zeros are written again.
                allowed.for_each(x[0].data, scratch, |keys, x, masked| {
                    for (key, (masked, &x)) in masked.iter_mut().zip(x).enumerate() {
                        *masked = if keys.allow(key) { x } else { T::from_f64(f64::NEG_INFINITY) };
                    }
                });
                softmax::softmax(processor, line.outer, line.count, 1, scratch, out);
                allowed.for_each(x[0].data, out, |keys, _, out| {
                    for (key, out) in out.iter_mut().enumerate() {
                        if !keys.allow(key) {
                            *out = T::from_f64(0.0);
                        }
                    }
                });
            }
            Op::LogSoftmax(op) => {
                let line = Line::along(x[0].shape, op.axis);
                softmax::log_softmax(processor, line.outer, line.count, line.inner, x[0].data, out);
            }
            Op::MseLoss(_) => {
                let functions = [bound(&Sub {}.into()), bound(&Mul {}.into())];
                self.mse_loss(&functions, [x[0].data, x[1].data], out, scratch);
            }
            Op::CrossEntropy(op) => {
                let labels = &naturals[op.labels.index()];
                let line = Line::along(x[0].shape, x[0].shape.len() - 1);
                let (logarithms, losses) = scratch.split_at_mut(x[0].data.len());
                softmax::log_softmax(processor, line.outer, line.count, 1, x[0].data, logarithms);
                let losses = &mut losses[..labels.len()];
                for (row, (loss, &label)) in losses.iter_mut().zip(labels).enumerate() {
                    let inside = label < line.count;
                    *loss = if inside { -logarithms[row * line.count + label] } else { T::from_f64(0.0) };
                }
                reduce::sum(processor, 1, labels.len(), 1, losses, out);
                out[0] = out[0] / T::from_f64(labels.len() as f64);
            }

            Op::MatMul(op) => {
                let plan = op.geometry(&x[0].shape, &x[1].shape).plan(processor);
                plan.run(processor, x[0].data, x[1].data, Then::Nothing, out, scratch);
            }
            Op::Linear(_) => {
                let &[w, b, x] = x else { unreachable!("the arity was checked") };
                let plan = Linear::product(w.shape, x.shape).plan(processor);
                plan.run(processor, x.data, w.data, Then::Bias(b.data, None), out, scratch);
            }
            Op::Conv(op) => {
                let (w, last) = (x[0], x[x.len() - 1]);
                let bias = (x.len() == 3).then(|| x[1].data);
                let (convolution, _) = op.convolution(w.shape, last.shape).expect(CHECKED);
                convolution.forward(processor, w.data, After { bias, relu: false }, last.data, out, scratch);
            }
            Op::ConvInput(op) => {
                let (convolution, _) = op.convolution(x[0].shape, x[1].shape).expect(CHECKED);
                convolution.input_gradient(processor, x[0].data, x[1].data, out, scratch);
            }
            Op::ConvWeight(op) => {
                let (convolution, _) = op.convolution(x[0].shape, x[1].shape).expect(CHECKED);
                convolution.weight_gradient(processor, x[0].data, x[1].data, out, scratch);
            }
            Op::MaxPool(op) => {
                let (window, _) = pool::pooled(x[0].shape, op.kernel, op.stride, op.padding).expect(CHECKED);
                pooling(window, x[0].shape).select(processor, x[0].data, x[0].data, out);
            }
            Op::MaxPoolSelect(op) => {
                let (window, _) = pool::pooled(x[0].shape, op.kernel, op.stride, op.padding).expect(CHECKED);
                pooling(window, x[0].shape).select(processor, x[0].data, x[1].data, out);
            }
            Op::MaxPoolScatter(op) => {
                let (window, _) = pool::pooled(x[0].shape, op.kernel, op.stride, op.padding).expect(CHECKED);
                match window.kernels() {
                    ..=MAX_COUNTED => pooling(window, x[0].shape).scatter(processor, x[0].data, x[1].data, false, out),
                    _ => Op::MaxPoolScatter(op.clone()).eval(x, naturals, out),
                }
            }
            Op::AvgPool(op) => {
                let (window, _) = pool::pooled(x[0].shape, op.kernel, op.stride, op.padding).expect(CHECKED);
                // Windows of several blocks are rare: they run by the definition.
                match window.kernels() {
                    ..=BLOCK => pooling(window, x[0].shape).average(processor, x[0].data, out),
                    _ => Op::AvgPool(op.clone()).eval(x, naturals, out),
                }
            }
            Op::AvgPoolSpread(op) => {
                let (window, images) = op.images(x[0].shape).expect(CHECKED);
                pooling(window, images).spread(processor, x[0].data, out);
            }
            Op::Unfold(op) => {
                let (window, _) = pool::pooled(x[0].shape, op.kernel, op.stride, op.padding).expect(CHECKED);
                let fill = T::from_f64(op.fill.value());
                pooling(window, x[0].shape).unfold(processor, x[0].data, fill, out);
            }
            Op::Fold(op) => {
                let (window, images) = op.folded(x[0].shape).expect(CHECKED);
                pooling(window, images).fold(processor, x[0].data, out);
            }

            Op::ScatterRows(op) => {
                let columns = x[0].shape[x[0].shape.len() - 1];
                let valid = || naturals[op.indices.index()].iter().map(|&index| (index, index < op.rows));
                out.fill(T::from_f64(0.0));
                // -0 is the identity of addition: adding to it stores the first contribution.
                for (index, _) in valid().filter(|&(_, valid)| valid) {
                    out[index * columns..][..columns].fill(T::from_f64(-0.0));
                }
                for (v, (index, valid)) in x[0].data.chunks_exact(columns.max(1)).zip(valid()) {
                    if valid {
                        let row = &mut out[index * columns..][..columns];
                        row.iter_mut().zip(v).for_each(|(out, &v)| *out = *out + v);
                    }
                }
            }

            Op::Constant(_)
            | Op::Full(_)
            | Op::Reshape(_)
            | Op::Permute(_)
            | Op::Broadcast(_)
            | Op::Concat(_)
            | Op::Slice(_)
            | Op::ScatterAdd(_)
            | Op::KeepAllowed(_)
            | Op::Dropout(_)
            | Op::Pad(_)
            | Op::GatherRows(_)
            | Op::GatherLast(_)
            | Op::KeepValid(_)
            | Op::ScatterLast(_) => op.eval(x, naturals, out),
        }
    }
}
