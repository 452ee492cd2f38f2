//! Operations that index with natural numbers. An index out of range reads 0 and gives nothing: that is written out,
//! and not left to what StableHLO does with such an index.

use super::{Lower, Value, Writer};
use crate::ir::DynShape;
use crate::ir::op::{GatherLast, GatherRows, KeepValid, ScatterLast, ScatterRows};

/// Where the position along the last axis of this shape is the index of its line.
pub(super) fn at_index(to: &mut Writer, indices: Value, shape: DynShape) -> Value {
    let last = shape.len() - 1;
    let positions = to.iota(last, shape, indices.element);
    let indices = to.expand(indices, &[last], shape);
    to.compare("EQ", positions, indices)
}

/// Where the indices are below a size.
fn valid(to: &mut Writer, indices: Value, size: usize) -> Value {
    let [zero, size] = [0, size].map(|bound| to.natural(bound as u64, indices.shape, indices.element));
    // A negative number is none, and out of range too.
    let least = to.compare("GE", indices, zero);
    let below = to.compare("LT", indices, size);
    to.binary("and", least, below)
}

/// The rows whose index is valid, the others zeros; and the indices put into the range.
fn in_range(to: &mut Writer, indices: Value, size: usize) -> [Value; 2] {
    let valid = valid(to, indices, size);
    let zero = to.natural(0, indices.shape, indices.element);
    [valid, to.select(valid, indices, zero)]
}

impl Lower for GatherRows {
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let (table, indices) = (operands[0], naturals[self.indices.index()]);
        let shape: DynShape = indices.shape.iter().copied().chain([table.shape[1]]).collect();
        if table.shape[0] == 0 {
            return to.full(0.0, shape);
        }
        let [valid, positions] = in_range(to, indices, table.shape[0]);
        let rows = to.gather_rows(table, positions);
        let valid = to.expand(valid, &[shape.len() - 1], shape);
        to.keep(valid, rows)
    }
}

impl Lower for ScatterRows {
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let (rows, indices) = (operands[0], naturals[self.indices.index()]);
        let last = rows.shape.len() - 1;
        let [valid, positions] = in_range(to, indices, self.rows);
        let valid = to.expand(valid, &[last], rows.shape);
        let rows = to.keep(valid, rows);
        to.scatter_rows(self.rows, positions, rows)
    }
}

impl Lower for GatherLast {
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let x = operands[0];
        let chosen = at_index(to, naturals[self.indices.index()], x.shape);
        let terms = to.keep(chosen, x);
        to.sum(terms, &[x.shape.len() - 1])
    }
}

impl Lower for ScatterLast {
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let v = operands[0];
        let shape: DynShape = v.shape.iter().copied().chain([self.size]).collect();
        let chosen = at_index(to, naturals[self.indices.index()], shape);
        let repeated = to.expand(v, &[shape.len() - 1], shape);
        to.keep(chosen, repeated)
    }
}

impl Lower for KeepValid {
    fn lower(&self, to: &mut Writer, operands: &[Value], naturals: &[Value]) -> Value {
        let x = operands[0];
        let valid = valid(to, naturals[self.indices.index()], self.size);
        let valid = to.expand(valid, &[x.shape.len() - 1], x.shape);
        to.keep(valid, x)
    }
}
