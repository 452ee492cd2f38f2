//! Sums and means, in the order that is part of their meaning.
//!
//! * A **run** adds contiguous elements: blocks of 1024; in a block, element i goes to lane i mod 16,
//!   each lane a chain of additions from +0; the lanes are added pairwise, l and l + 8, l + 4, l + 2,
//!   l + 1; the sums of the blocks are a run again.
//! * A **chain** adds elements one after the other from +0, in blocks of 1024; the sums of the blocks
//!   are a chain again.
//!
//! A sum over an axis is a run where its elements are contiguous (no axis but ones of size 1 follows),
//! else a chain. Over several axes: the trailing ones as one run, then the others, last first.

use std::ops::Deref;

use super::{Emit, Flops, Operation, Site, View, no_axis, one};
use crate::ir::op::{Max, Mean, Sum};
use crate::ir::{DynShape, Id, MAX_RANK, PerAxis};
use crate::scalar::Scalar;

/// The elements that are added before their sum counts as one term.
pub const BLOCK: usize = 1024;
/// The chains side by side in a block of a run.
pub const LANES: usize = 16;

/// The sum of contiguous elements.
pub fn run<S: Scalar>(x: &[S]) -> S {
    if x.len() <= BLOCK {
        return block(x);
    }
    let sums: Vec<S> = x.chunks(BLOCK).map(block).collect();
    run(&sums)
}

fn block<S: Scalar>(x: &[S]) -> S {
    let mut lanes = [S::literal(0.0); LANES];
    for (index, &x) in x.iter().enumerate() {
        lanes[index % LANES] = lanes[index % LANES] + x;
    }
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = lanes[lane] + lanes[lane + half];
        }
    }
    lanes[0]
}

/// The sum of elements that are not contiguous.
pub fn chain<S: Scalar>(x: &[S]) -> S {
    let link = |block: &[S]| block.iter().fold(S::literal(0.0), |sum, &x| sum + x);
    if x.len() <= BLOCK {
        return link(x);
    }
    let sums: Vec<S> = x.chunks(BLOCK).map(link).collect();
    chain(&sums)
}

/// A tensor seen as `[outer, count, inner]`, for an operation along its middle axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The positions before the axis.
    pub outer: usize,
    /// The size of the axis.
    pub count: usize,
    /// The positions after the axis.
    pub inner: usize,
}

impl Line {
    /// The lines along an axis; a scalar counts as one line of one element.
    pub fn along(shape: DynShape, axis: usize) -> Self {
        if shape.is_empty() {
            return Self { outer: 1, count: 1, inner: 1 };
        }
        let (outer, count, inner) = shape.split_at_axis(axis);
        Self { outer, count, inner }
    }

    /// Calls `visit` with the position of the first element of each line and the line, gathered into a slice.
    pub fn for_each<S: Scalar>(self, x: &[S], visit: &mut dyn FnMut(usize, &[S])) {
        let mut line = Vec::with_capacity(self.count);
        for outer in 0..self.outer {
            for inner in 0..self.inner {
                let start = outer * self.count * self.inner + inner;
                line.clear();
                line.extend((0..self.count).map(|index| x[start + index * self.inner]));
                visit(start, &line);
            }
        }
    }

    /// The sum of one line: a run where the elements are contiguous, else a chain.
    pub fn sum<S: Scalar>(self, line: &[S]) -> S {
        if self.inner == 1 { run(line) } else { chain(line) }
    }
}

/// The passes of a sum over several axes, first to last; dereferences to a slice.
#[derive(Clone, Copy, Debug)]
pub struct Passes {
    lines: [Line; MAX_RANK],
    count: usize,
}

impl Passes {
    /// The trailing axes as one run, then the others, last first.
    pub fn new(shape: DynShape, axes: PerAxis) -> Self {
        let reduced = |axis: usize| axes.contains(&axis);
        let mut passes = Self { lines: [Line { outer: 1, count: 1, inner: 1 }; MAX_RANK], count: 0 };
        let trailing = (0..shape.len()).rev().take_while(|&axis| reduced(axis)).count();
        let mut kept = shape.len() - trailing;
        if trailing > 0 {
            passes.push(shape[..kept].iter().product(), shape[kept..].iter().product(), 1);
        }
        let mut inner = 1;
        while kept > 0 {
            kept -= 1;
            if reduced(kept) {
                passes.push(shape[..kept].iter().product(), shape[kept], inner);
            } else {
                inner *= shape[kept];
            }
        }
        passes
    }

    fn push(&mut self, outer: usize, count: usize, inner: usize) {
        self.lines[self.count] = Line { outer, count, inner };
        self.count += 1;
    }
}

impl Deref for Passes {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        &self.lines[..self.count]
    }
}

/// Sums `x` over `axes` into `out`, in passes.
pub fn sum<S: Scalar>(x: View<'_, S>, axes: PerAxis, out: &mut [S]) {
    let mut values = x.data.to_vec();
    for pass in Passes::new(x.shape, axes).iter() {
        let mut sums = Vec::with_capacity(pass.outer * pass.inner);
        pass.for_each(&values, &mut |_, line| sums.push(pass.sum(line)));
        values = sums;
    }
    out.copy_from_slice(&values);
}

/// Removes the axes, which must be strictly ascending axes of the shape.
pub(super) fn removed(shape: DynShape, axes: PerAxis) -> Result<DynShape, String> {
    if !axes.is_sorted_by(|a, b| a < b) {
        return Err(format!("the axes {axes} must be in ascending order, each once"));
    }
    match axes.last() {
        Some(&axis) if axis >= shape.len() => Err(no_axis(axis, shape)),
        _ => Ok(shape.without(|axis| axes.contains(&axis))),
    }
}

impl Operation for Sum {
    const FLOPS: Flops = Flops::PerOperand(1);

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        removed(one(operands), self.axes)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        sum(one(operands), self.axes, out);
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let shape = emit.shape(one(site.operands));
        vec![Some(emit.expand(cotangent, &self.axes, shape))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

/// The number of elements that one sum adds.
fn count(shape: DynShape, axes: PerAxis) -> f64 {
    axes.iter().map(|&axis| shape[axis] as f64).product()
}

impl Operation for Mean {
    const FLOPS: Flops = Flops::PerOperand(1);

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        removed(one(operands), self.axes)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        sum(x, self.axes, out);
        let count = S::literal(count(x.shape, self.axes));
        for out in out {
            *out = *out / count;
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let shape = emit.shape(one(site.operands));
        let share = emit.div_scalar(cotangent, count(shape, self.axes));
        vec![Some(emit.expand(share, &self.axes, shape))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}

impl Operation for Max {
    const FLOPS: Flops = Flops::PerOperand(1);

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let (shape, axes) = (one(operands), PerAxis::new(&[self.axis]));
        let result = removed(shape, axes)?;
        if shape[self.axis] == 0 {
            return Err(format!("axis {} is empty: it has no largest element", self.axis));
        }
        Ok(result)
    }

    /// Along the derivative the entries that no other exceeds share equally.
    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let zero = S::literal(0.0);
        let mut out = out.iter_mut();
        Line::along(x.shape, self.axis).for_each(x.data, &mut |_, line| {
            let largest = line.iter().copied().reduce(S::maximum).expect("the axis is not empty");
            let (mut derivatives, mut count) = (zero, zero);
            for &x in line {
                derivatives = derivatives + tied(x, largest, zero.carry(x));
                count = count + tied(x, largest, S::literal(1.0));
            }
            *out.next().expect("one result for each line") = largest.carry(derivatives / count);
        });
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let x = one(site.operands);
        let (shape, axes) = (emit.shape(x), PerAxis::new(&[self.axis]));
        let largest = emit.expand(site.output, &axes, shape);
        let count = count_tied(emit, x, largest, axes);
        let share = emit.div(cotangent, count);
        let share = emit.expand(share, &axes, shape);
        vec![Some(emit_tied(emit, x, largest, share))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let x = one(site.operands);
        let (shape, axes) = (emit.shape(x), PerAxis::new(&[self.axis]));
        let largest = emit.expand(site.output, &axes, shape);
        let count = count_tied(emit, x, largest, axes);
        let terms = emit_tied(emit, x, largest, one(tangents)?);
        let sum = emit.sum(terms, axes);
        Some(emit.div(sum, count))
    }
}

/// `v` where neither of `x` and `largest` is greater, else +0.
fn tied<S: Scalar>(x: S, largest: S, v: S) -> S {
    let zero = S::literal(0.0);
    S::select_gt(x, largest, zero, S::select_gt(largest, x, zero, v))
}

/// [`tied`] as nodes.
fn emit_tied(emit: &mut Emit<'_>, x: Id, largest: Id, v: Id) -> Id {
    let zero = emit.zeros_like(x);
    let rest = emit.select_gt(largest, x, zero, v);
    emit.select_gt(x, largest, zero, rest)
}

/// The number of entries along `axes` that are the largest.
fn count_tied(emit: &mut Emit<'_>, x: Id, largest: Id, axes: PerAxis) -> Id {
    let ones = emit.full(emit.shape(x), 1.0);
    let tied = emit_tied(emit, x, largest, ones);
    emit.sum(tied, axes)
}
