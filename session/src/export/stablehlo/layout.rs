//! Constants, and operations that move elements.

use super::writer::Margin;
use super::{Lower, Value, Writer};
use crate::ir::DynShape;
use crate::ir::op::{Broadcast, Concat, Constant, Full, Pad, Permute, Reshape, ScatterAdd, Slice};

impl Lower for Constant {
    fn lower(&self, to: &mut Writer, _: &[Value], _: &[Value]) -> Value {
        to.numbers(&self.data.values().collect::<Vec<_>>(), self.shape)
    }
}

impl Lower for Full {
    fn lower(&self, to: &mut Writer, _: &[Value], _: &[Value]) -> Value {
        to.full(self.value.value(), self.shape)
    }
}

impl Lower for Reshape {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        to.reshape(operands[0], self.to)
    }
}

impl Lower for Permute {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        to.transpose(operands[0], &self.axes)
    }
}

impl Lower for Broadcast {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let axes: Vec<usize> = (self.to.len() - operands[0].shape.len()..self.to.len()).collect();
        to.broadcast(operands[0], &axes, self.to)
    }
}

impl Lower for Concat {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        to.concatenate(operands, self.axis)
    }
}

impl Lower for Slice {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        to.slice(operands[0], self.axis, [self.start, self.end, 1])
    }
}

/// `x` with zeros around one axis.
fn pad(to: &mut Writer, x: Value, axis: usize, [before, after]: [usize; 2]) -> Value {
    let mut margins = vec![Margin::default(); x.shape.len()];
    margins[axis] = Margin { low: before as i64, high: after as i64, interior: 0 };
    let zero = to.full(0.0, DynShape::SCALAR);
    to.pad(x, zero, &margins)
}

impl Lower for Pad {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        pad(to, operands[0], self.axis, [self.before, self.after])
    }
}

impl Lower for ScatterAdd {
    fn lower(&self, to: &mut Writer, operands: &[Value], _: &[Value]) -> Value {
        let (x, v) = (operands[0], operands[1]);
        let row = to.reshape(v, x.shape.with(0, 1));
        let padded = pad(to, row, 0, [self.index, x.shape[0] - self.index - 1]);
        to.binary("add", x, padded)
    }
}
