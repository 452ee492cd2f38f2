//! Sums, maxima, the softmax family, and losses.

use super::index::at_index;
use super::mask::{Conditions, allowed};
use super::{Lower, Value, Writer};
use crate::ir::op::{
    CrossEntropy, KeepAllowed, LogSoftmax, LogSumExp, MaskedSoftmax, Max, Mean, MseLoss, Softmax, Sum,
};

impl Lower for Sum {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        to.sum(operands[0], &self.axes)
    }
}

impl Lower for Mean {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let count = self.axes.iter().map(|&axis| operands[0].shape[axis] as f64).product();
        let sum = to.sum(operands[0], &self.axes);
        to.with_number("divide", sum, count)
    }
}

impl Lower for Max {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        to.largest(operands[0], &[self.axis])
    }
}

impl Lower for MseLoss {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let difference = to.binary("subtract", operands[0], operands[1]);
        let square = to.binary("multiply", difference, difference);
        let axes: Vec<usize> = (0..square.shape.len()).collect();
        let sum = to.sum(square, &axes);
        to.with_number("divide", sum, square.shape.elements() as f64)
    }
}

/// The axes of a softmax; a scalar has none.
fn axes(x: Value, axis: usize) -> Vec<usize> {
    if x.shape.is_empty() { Vec::new() } else { vec![axis] }
}

/// The elements less their maximum, along some axes.
fn shifted(to: &mut Writer, x: Value, axes: &[usize]) -> Value {
    let largest = to.largest(x, axes);
    let largest = to.expand(largest, axes, x.shape);
    to.binary("subtract", x, largest)
}

impl Lower for Softmax {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let axes = axes(operands[0], self.axis);
        let shifted = shifted(to, operands[0], &axes);
        let exponentials = to.unary("exponential", shifted);
        let sum = to.sum(exponentials, &axes);
        let sum = to.expand(sum, &axes, exponentials.shape);
        to.binary("divide", exponentials, sum)
    }
}

fn log_softmax(to: &mut Writer, x: Value, axis: usize) -> Value {
    let axes = axes(x, axis);
    let shifted = shifted(to, x, &axes);
    let exponentials = to.unary("exponential", shifted);
    let sum = to.sum(exponentials, &axes);
    let logarithm = to.unary("log", sum);
    let logarithm = to.expand(logarithm, &axes, x.shape);
    to.binary("subtract", shifted, logarithm)
}

impl Lower for LogSoftmax {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        log_softmax(to, operands[0], self.axis)
    }
}

impl Lower for LogSumExp {
    /// Shifted by the maximum, or by 0 where that is not finite.
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let x = operands[0];
        let axes = axes(x, self.axis);
        let largest = to.largest(x, &axes);
        let finite = to.is_finite(largest);
        let shift = to.keep(finite, largest);
        let shifts = to.expand(shift, &axes, x.shape);
        let shifted = to.binary("subtract", x, shifts);
        let exponentials = to.unary("exponential", shifted);
        let sum = to.sum(exponentials, &axes);
        let logarithm = to.unary("log", sum);
        to.binary("add", shift, logarithm)
    }
}

impl Lower for CrossEntropy {
    /// A label out of range is no position of its row, so that the row adds 0.
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let (x, labels) = (operands[0], naturals[self.labels.index()]);
        let logarithms = log_softmax(to, x, x.shape.len() - 1);
        let labelled = at_index(to, labels, x.shape);
        let terms = to.keep(labelled, logarithms);
        let axes: Vec<usize> = (0..x.shape.len()).collect();
        let sum = to.sum(terms, &axes);
        to.with_number("divide", sum, -(labels.shape.elements() as f64))
    }
}

impl Lower for MaskedSoftmax {
    /// What is not allowed is chosen away before and after, so that not even a NaN there counts.
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let x = operands[0];
        let conditions = Conditions { causal: self.causal, shared: self.shared, present: self.present };
        let allowed = allowed(to, conditions, x.shape, naturals);
        let keys = [x.shape.len() - 1];
        let lowest = to.full(f64::NEG_INFINITY, x.shape);
        let chosen = to.select(allowed, x, lowest);
        let shifted = shifted(to, chosen, &keys);
        let exponentials = to.unary("exponential", shifted);
        let exponentials = to.keep(allowed, exponentials);
        let sum = to.sum(exponentials, &keys);
        let sum = to.expand(sum, &keys, x.shape);
        let quotient = to.binary("divide", exponentials, sum);
        to.keep(allowed, quotient)
    }
}

impl Lower for KeepAllowed {
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let conditions = Conditions { causal: self.causal, shared: self.shared, present: self.present };
        let allowed = allowed(to, conditions, operands[0].shape, naturals);
        to.keep(allowed, operands[0])
    }
}
