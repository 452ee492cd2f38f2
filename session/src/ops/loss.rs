//! Losses: scalars, divided once by their number of terms.

use super::index::indexed_last;
use super::softmax::{Exponentials, pull_back_log_softmax, push_log_softmax};
use super::{Emit, Flops, Operation, Site, View, equal, one, reduce};
use crate::ir::op::{CrossEntropy, GatherLast, KeepValid, MseLoss, ScatterLast};
use crate::ir::{DynShape, Id, NatId};
use crate::scalar::Scalar;

/// The mean of the squared differences of two lists, which stand in `squares` then.
pub(crate) fn mean_square<S: Scalar>(x: [&[S]; 2], squares: &mut [S]) -> S {
    for (square, (&prediction, &target)) in squares.iter_mut().zip(x[0].iter().zip(x[1])) {
        let difference = prediction - target;
        *square = difference * difference;
    }
    reduce::run(squares) / S::literal(squares.len() as f64)
}

impl Operation for MseLoss {
    const FLOPS: Flops = Flops::PerOperand(3);

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        equal(&operands[0], &operands[1]).map(|_| DynShape::SCALAR)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let x = [operands[0].data, operands[1].data];
        out[0] = mean_square(x, &mut vec![S::literal(0.0); x[0].len()]);
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let [prediction, target] = [site.operands[0], site.operands[1]];
        let shape = emit.shape(prediction);
        let difference = emit.sub(prediction, target);
        let factor = emit.scale(cotangent, 2.0);
        let factor = emit.div_scalar(factor, shape.elements() as f64);
        let factor = emit.broadcast(factor, shape);
        let gradient = emit.mul(factor, difference);
        vec![Some(gradient), Some(emit.neg(gradient))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let [prediction, target] = [site.operands[0], site.operands[1]];
        let tangent = emit.linear(crate::ir::op::Sub {}, site.operands, tangents)?;
        let difference = emit.sub(prediction, target);
        let product = emit.mul(difference, tangent);
        let sum = emit.sum_all(product);
        let sum = emit.scale(sum, 2.0);
        Some(emit.div_scalar(sum, emit.shape(prediction).elements() as f64))
    }
}

impl CrossEntropy {
    /// The rows: logits of the last axis, one row for each label.
    fn rows(x: DynShape) -> (DynShape, usize) {
        let classes = x[x.len() - 1];
        (x.without(|axis| axis + 1 == x.len()), classes)
    }
}

impl Operation for CrossEntropy {
    const FLOPS: Flops = Flops::SOFTMAX;

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        indexed_last(one(operands), naturals, self.labels).map(|_| DynShape::SCALAR)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let lines = reduce::Line::along(x.shape, x.shape.len() - 1);
        let labels = &naturals[self.labels.index()];
        let mut losses = vec![S::literal(0.0); labels.len()];
        for ((loss, line), &label) in losses.iter_mut().zip(x.data.chunks_exact(lines.count.max(1))).zip(labels) {
            if label < lines.count {
                let terms = Exponentials::of(lines, line);
                *loss = -(terms.shifted[label] - terms.sum.ln());
            }
        }
        out[0] = reduce::run(&losses) / S::literal(losses.len() as f64);
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let x = one(site.operands);
        let shape = emit.shape(x);
        let (rows, classes) = Self::rows(shape);
        let share = emit.div_scalar(cotangent, -(rows.elements() as f64));
        let share = emit.broadcast(share, rows);
        let indices = self.labels;
        let at_labels = emit.push(ScatterLast { indices, size: classes }, &[share]);
        let gradient = pull_back_log_softmax(emit, x, shape.len() - 1, at_labels);
        // A row whose label is out of range has no gradient, even where its softmax is not a number.
        vec![Some(emit.push(KeepValid { indices, size: classes }, &[gradient]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        let x = one(site.operands);
        let shape = emit.shape(x);
        let (rows, _) = Self::rows(shape);
        let tangent = push_log_softmax(emit, x, shape.len() - 1, one(tangents)?);
        let at_labels = emit.push(GatherLast { indices: self.labels }, &[tangent]);
        let sum = emit.sum_all(at_labels);
        Some(emit.div_scalar(sum, -(rows.elements() as f64)))
    }

    fn indices(&self, operands: &[DynShape]) -> Option<(NatId, usize)> {
        Some((self.labels, Self::rows(one(operands)).1))
    }
}
