//! Sums, maxima, the softmax family, and losses.

use super::index::{Conditions, allowed, at_index};
use super::size::Size;
use super::writer::int;
use super::{Lower, Site, Value, Writer};
use crate::ir::op::{
    CrossEntropy, KeepAllowed, LogSoftmax, LogSumExp, MaskedSoftmax, Max, Mean, MseLoss, Softmax, Sum,
};

impl Lower for Sum {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        Ok(to.reduce("ReduceSum", site.operands[0], &self.axes))
    }
}

impl Lower for Mean {
    /// Of nothing it is NaN, for which ONNX has no rule.
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        Ok(if x.is_empty() { to.full(f64::NAN, site.shape) } else { to.reduce("ReduceMean", x, &self.axes) })
    }
}

impl Lower for Max {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        Ok(to.reduce("ReduceMax", site.operands[0], &[self.axis]))
    }
}

impl Lower for MseLoss {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let difference = to.binary("Sub", site.operands[0], site.operands[1]);
        let square = to.binary("Mul", &difference, &difference);
        let axes: Vec<usize> = (0..square.shape.len()).collect();
        Ok(to.reduce("ReduceMean", &square, &axes))
    }
}

/// An operation along one axis, which a scalar does not have: there it has one axis of size 1.
fn along(to: &mut Writer, op: &str, x: &Value, axis: usize) -> Result<Value, String> {
    if !x.shape.is_empty() {
        return Ok(to.node(op, &[&x.name], vec![int("axis", axis)], x.shape.clone()));
    }
    let line = to.reshape(x, &[Size::Fixed(1)])?;
    let line = to.node(op, &[&line.name], vec![int("axis", 0)], line.shape.clone());
    to.reshape(&line, &[])
}

impl Lower for Softmax {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        along(to, "Softmax", site.operands[0], self.axis)
    }
}

impl Lower for LogSoftmax {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        along(to, "LogSoftmax", site.operands[0], self.axis)
    }
}

impl Lower for LogSumExp {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let axes: &[usize] = if x.shape.is_empty() { &[] } else { &[self.axis] };
        Ok(to.reduce("ReduceLogSumExp", x, axes))
    }
}

impl Lower for CrossEntropy {
    /// A label out of range is no position of its row, so that the row adds 0.
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let last = x.shape.len() - 1;
        let logarithms = along(to, "LogSoftmax", x, last)?;
        let labelled = at_index(to, site.natural(self.labels), x.shape[last].fixed()?);
        let terms = to.keep(&labelled, &logarithms);
        let rows = to.reduce("ReduceSum", &terms, &[last]);
        let axes: Vec<usize> = (0..last).collect();
        let mean = to.reduce("ReduceMean", &rows, &axes);
        Ok(to.unary("Neg", &mean))
    }
}

impl Lower for MaskedSoftmax {
    /// What is not allowed is chosen away before and after, so that not even a NaN there counts, and a row with
    /// nothing allowed is 0.
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let conditions = Conditions { causal: self.causal, shared: self.shared, present: self.present };
        let last = x.shape.len() - 1;
        let Some(allowed) = allowed(to, conditions, site)? else { return along(to, "Softmax", x, last) };
        let lowest = to.number(f64::NEG_INFINITY);
        let chosen = to.select(&allowed, x, &lowest);
        let softmax = along(to, "Softmax", &chosen, last)?;
        Ok(to.keep(&allowed, &softmax))
    }
}

impl Lower for KeepAllowed {
    fn lower(&self, to: &mut Writer, site: &Site<'_>) -> Result<Value, String> {
        let x = site.operands[0];
        let conditions = Conditions { causal: self.causal, shared: self.shared, present: self.present };
        Ok(match allowed(to, conditions, site)? {
            Some(allowed) => to.keep(&allowed, x),
            None => x.clone(),
        })
    }
}
