//! The softmax family, along one axis.

use super::reduce::{Line, removed};
use super::{Emit, Flops, Operation, Site, View, no_axis, one};
use crate::ir::op::{LogSoftmax, LogSumExp, Softmax};
use crate::ir::{DynShape, Id, PerAxis};
use crate::scalar::Scalar;

fn checked(shape: DynShape, axis: usize) -> Result<DynShape, String> {
    if axis < shape.len().max(1) { Ok(shape) } else { Err(no_axis(axis, shape)) }
}

/// The axis of a sum along the same lines; a scalar has none.
fn axes(shape: DynShape, axis: usize) -> PerAxis {
    if shape.is_empty() { PerAxis::SCALAR } else { PerAxis::new(&[axis]) }
}

/// One line: the elements less their maximum, the exponentials of these, and their sum.
pub(crate) struct Exponentials<S> {
    pub(crate) shifted: Vec<S>,
    pub(crate) exponentials: Vec<S>,
    pub(crate) sum: S,
}

impl<S: Scalar> Exponentials<S> {
    pub(crate) fn of(lines: Line, line: &[S]) -> Self {
        let maximum = line.iter().copied().reduce(S::maximum).unwrap_or(S::literal(0.0));
        let shifted: Vec<S> = line.iter().map(|&x| x - maximum).collect();
        let exponentials: Vec<S> = shifted.iter().map(|&x| x.exp()).collect();
        let sum = lines.sum(&exponentials);
        Self { shifted, exponentials, sum }
    }
}

impl Operation for Softmax {
    const FLOPS: Flops = Flops::SOFTMAX;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        checked(one(operands), self.axis)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let lines = Line::along(x.shape, self.axis);
        lines.for_each(x.data, &mut |start, line| {
            let terms = Exponentials::of(lines, line);
            for (index, &e) in terms.exponentials.iter().enumerate() {
                out[start + index * lines.inner] = e / terms.sum;
            }
        });
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(self.derivative(emit, site.output, cotangent))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        one(tangents).map(|tangent| self.derivative(emit, site.output, tangent))
    }
}

impl Softmax {
    /// y (d - Σ d y): the Jacobian is symmetric.
    fn derivative(&self, emit: &mut Emit<'_>, y: Id, d: Id) -> Id {
        let shape = emit.shape(y);
        let axes = axes(shape, self.axis);
        let product = emit.mul(d, y);
        let sum = emit.sum(product, axes);
        let sum = emit.expand(sum, &axes, shape);
        let difference = emit.sub(d, sum);
        emit.mul(y, difference)
    }
}

impl Operation for LogSoftmax {
    const FLOPS: Flops = Flops::SOFTMAX;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        checked(one(operands), self.axis)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let lines = Line::along(x.shape, self.axis);
        lines.for_each(x.data, &mut |start, line| {
            let terms = Exponentials::of(lines, line);
            let logarithm = terms.sum.ln();
            for (index, &shifted) in terms.shifted.iter().enumerate() {
                out[start + index * lines.inner] = shifted - logarithm;
            }
        });
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(pull_back_log_softmax(emit, one(site.operands), self.axis, cotangent))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        one(tangents).map(|tangent| push_log_softmax(emit, one(site.operands), self.axis, tangent))
    }
}

/// d - p Σ d with p = softmax(x), the forward's own e / Σ e.
pub(super) fn pull_back_log_softmax(emit: &mut Emit<'_>, x: Id, axis: usize, d: Id) -> Id {
    let shape = emit.shape(x);
    let axes = axes(shape, axis);
    let p = emit.push(Softmax { axis }, &[x]);
    let sum = emit.sum(d, axes);
    let sum = emit.expand(sum, &axes, shape);
    let product = emit.mul(p, sum);
    emit.sub(d, product)
}

/// ẋ - Σ p ẋ with p = softmax(x).
pub(super) fn push_log_softmax(emit: &mut Emit<'_>, x: Id, axis: usize, tangent: Id) -> Id {
    let shape = emit.shape(x);
    let axes = axes(shape, axis);
    let p = emit.push(Softmax { axis }, &[x]);
    let product = emit.mul(p, tangent);
    let sum = emit.sum(product, axes);
    let sum = emit.expand(sum, &axes, shape);
    emit.sub(tangent, sum)
}

/// What a line is shifted by before its exponentials are added: its maximum, or 0 where that is not finite,
/// so that a line of -inf gives -inf and one with +inf gives +inf.
#[inline(always)]
pub(crate) fn shift<S: Scalar>(maximum: S) -> S {
    S::select_nan(maximum * S::literal(0.0), S::literal(0.0), maximum)
}

impl Operation for LogSumExp {
    const FLOPS: Flops = Flops::SOFTMAX;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let x = checked(one(operands), self.axis)?;
        removed(x, axes(x, self.axis))
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let lines = Line::along(x.shape, self.axis);
        let mut out = out.iter_mut();
        lines.for_each(x.data, &mut |_, line| {
            let shift = shift(line.iter().copied().reduce(S::maximum).unwrap_or(S::literal(0.0)));
            let exponentials: Vec<S> = line.iter().map(|&x| (x - shift).exp()).collect();
            *out.next().expect("one result for each line") = shift + lines.sum(&exponentials).ln();
        });
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let x = one(site.operands);
        let shape = emit.shape(x);
        let p = emit.push(Softmax { axis: self.axis }, &[x]);
        let d = emit.expand(cotangent, &axes(shape, self.axis), shape);
        vec![Some(emit.mul(d, p))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let x = one(site.operands);
        let axes = axes(emit.shape(x), self.axis);
        let tangent = one(tangents)?;
        let p = emit.push(Softmax { axis: self.axis }, &[x]);
        let product = emit.mul(p, tangent);
        Some(emit.sum(product, axes))
    }
}
