//! Operations that move elements: linear, each other's adjoints, row-major element order.

use super::{Emit, Flops, Operation, Site, View, no_axis, one};
use crate::ir::op::{Broadcast, Concat, Pad, Permute, Reshape, Slice};
use crate::ir::{DynShape, Id, MAX_RANK, PerAxis};
use crate::scalar::Scalar;

impl Operation for Reshape {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let (from, to) = (one(operands).elements(), self.to.countable()?);
        if from == to { Ok(self.to) } else { Err(format!("it has {from} elements, the target {} has {to}", self.to)) }
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        out.copy_from_slice(one(operands).data);
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let shape = emit.shape(one(site.operands));
        vec![Some(emit.reshape(cotangent, shape))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

/// The distance between neighbours along each axis of a row-major tensor.
fn strides(shape: DynShape) -> [usize; MAX_RANK] {
    let mut strides = [0; MAX_RANK];
    let mut step = 1;
    for axis in (0..shape.len()).rev() {
        strides[axis] = step;
        step *= shape[axis];
    }
    strides
}

/// Fills `out`, of shape `shape`, with the elements of `x` at the positions that `steps`, one for each
/// axis, lead to.
fn gather<S: Scalar>(x: &[S], shape: DynShape, steps: &[usize], out: &mut [S]) {
    let Some((&last, leading)) = shape.split_last() else {
        out.copy_from_slice(&x[..1]);
        return;
    };
    let step = steps[leading.len()];
    let mut index = [0; MAX_RANK];
    let mut start = 0;
    for row in out.chunks_exact_mut(last.max(1)) {
        match step {
            0 => row.fill(x[start]),
            1 => row.copy_from_slice(&x[start..start + last]),
            _ => row.iter_mut().enumerate().for_each(|(position, out)| *out = x[start + position * step]),
        }
        for axis in (0..leading.len()).rev() {
            index[axis] += 1;
            start += steps[axis];
            if index[axis] < leading[axis] {
                break;
            }
            start -= steps[axis] * leading[axis];
            index[axis] = 0;
        }
    }
}

impl Permute {
    fn inverse(&self) -> Self {
        let mut axes = self.axes;
        for (to, &from) in self.axes.iter().enumerate() {
            axes = axes.with(from, to);
        }
        Self { axes }
    }
}

impl Operation for Permute {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let shape = one(operands);
        if self.axes.len() != shape.len() || (0..shape.len()).any(|axis| !self.axes.contains(&axis)) {
            return Err(format!("{} does not name each of {} axes once", self.axes, shape.len()));
        }
        Ok(self.axes.iter().map(|&axis| shape[axis]).collect())
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let strides = strides(x.shape);
        let steps: PerAxis = self.axes.iter().map(|&axis| strides[axis]).collect();
        let shape = self.axes.iter().map(|&axis| x.shape[axis]).collect();
        gather(x.data, shape, &steps, out);
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(self.inverse(), &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

impl Operation for Broadcast {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let from = one(operands);
        let fits = from.len() <= self.to.len()
            && from.iter().rev().zip(self.to.iter().rev()).all(|(&from, &to)| from == to || from == 1);
        if fits {
            Ok(self.to)
        } else {
            Err(format!("each axis, aligned at the last, must equal that of {} or be 1", self.to))
        }
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let strides = strides(x.shape);
        let added = self.to.len() - x.shape.len();
        let step = |axis: usize| match axis.checked_sub(added) {
            Some(axis) if x.shape[axis] != 1 => strides[axis],
            _ => 0,
        };
        let steps: PerAxis = (0..self.to.len()).map(step).collect();
        if !out.is_empty() {
            gather(x.data, self.to, &steps, out);
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let from = emit.shape(one(site.operands));
        let added = self.to.len() - from.len();
        let repeated = |&axis: &usize| axis < added || from[axis - added] != self.to[axis];
        let sum = emit.sum(cotangent, (0..self.to.len()).filter(repeated).collect());
        vec![Some(emit.reshape(sum, from))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

fn checked(shape: DynShape, axis: usize) -> Result<(), String> {
    if axis < shape.len() { Ok(()) } else { Err(no_axis(axis, shape)) }
}

impl Operation for Concat {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let [a, b] = [operands[0], operands[1]];
        checked(a, self.axis)?;
        if a.len() != b.len() || a != b.with(self.axis, a[self.axis]) {
            return Err(format!("all axes but axis {} must be equal", self.axis));
        }
        Ok(a.with(self.axis, a[self.axis] + b[self.axis]))
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let [a, b] = [operands[0], operands[1]];
        let block = |x: View<'_, S>| {
            let (_, count, inner) = x.shape.split_at_axis(self.axis);
            count * inner
        };
        let (first, second) = (block(a), block(b));
        for (outer, out) in out.chunks_exact_mut((first + second).max(1)).enumerate() {
            out[..first].copy_from_slice(&a.data[outer * first..][..first]);
            out[first..].copy_from_slice(&b.data[outer * second..][..second]);
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let axis = self.axis;
        let [a, b] = [site.operands[0], site.operands[1]].map(|id| emit.shape(id)[axis]);
        let part = |emit: &mut Emit<'_>, start, end| emit.push(Slice { axis, start, end }, &[cotangent]);
        vec![Some(part(emit, 0, a)), Some(part(emit, a, a + b))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

impl Operation for Slice {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let (shape, &Self { axis, start, end }) = (one(operands), self);
        checked(shape, axis)?;
        if start <= end && end <= shape[axis] {
            Ok(shape.with(axis, end - start))
        } else {
            Err(format!("{start}..{end} is not a range of the {} positions of axis {axis}", shape[axis]))
        }
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let (_, count, inner) = x.shape.split_at_axis(self.axis);
        let kept = (self.end - self.start) * inner;
        for (outer, out) in out.chunks_exact_mut(kept.max(1)).enumerate() {
            out.copy_from_slice(&x.data[(outer * count + self.start) * inner..][..kept]);
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let size = emit.shape(one(site.operands))[self.axis];
        let pad = Pad { axis: self.axis, before: self.start, after: size - self.end };
        vec![Some(emit.push(pad, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

impl Operation for Pad {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let shape = one(operands);
        checked(shape, self.axis)?;
        let size = self.before.checked_add(shape[self.axis]).and_then(|size| size.checked_add(self.after));
        let size = size.ok_or_else(|| format!("the padded axis {} has too many positions", self.axis))?;
        Ok(shape.with(self.axis, size))
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let (_, count, inner) = x.shape.split_at_axis(self.axis);
        let (before, kept) = (self.before * inner, count * inner);
        out.fill(S::literal(0.0));
        let padded = before + kept + self.after * inner;
        for (outer, out) in out.chunks_exact_mut(padded.max(1)).enumerate() {
            out[before..before + kept].copy_from_slice(&x.data[outer * kept..][..kept]);
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let size = emit.shape(one(site.operands))[self.axis];
        let slice = Slice { axis: self.axis, start: self.before, end: self.before + size };
        vec![Some(emit.push(slice, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}
