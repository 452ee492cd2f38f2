//! Operations that index, most of them with natural-number inputs: linear in their operands.
//!
//! The rules for natural-number inputs are total: an index out of range reads 0 and gives no gradient. A session checks the
//! indices before it runs, unless told not to.

use super::{Emit, Flops, Operation, Site, View, one};
use crate::ir::op::{GatherLast, GatherRows, KeepValid, ScatterAdd, ScatterLast, ScatterRows, Slice};
use crate::ir::{DynShape, Id, MAX_RANK, NatId, PerAxis};
use crate::scalar::Scalar;

/// The leading shape of `x`, which must be the shape of the natural-number input.
pub(super) fn indexed_last(x: DynShape, naturals: &[DynShape], indices: NatId) -> Result<DynShape, String> {
    let leading = x.len().checked_sub(1).ok_or("it needs at least one axis")?;
    let leading: PerAxis = x[..leading].iter().copied().collect();
    let found = natural(naturals, indices)?;
    if found == leading {
        Ok(leading)
    } else {
        Err(format!("the indices have shape {found}, but all axes except the last are {leading}"))
    }
}

/// The shape of a natural-number input.
pub(super) fn natural(naturals: &[DynShape], id: NatId) -> Result<DynShape, String> {
    naturals.get(id.index()).copied().ok_or_else(|| format!("there is no natural-number input {id}"))
}

impl Operation for GatherRows {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        let (table, indices) = (one(operands), natural(naturals, self.indices)?);
        if table.len() != 2 || indices.len() == MAX_RANK {
            return Err("it takes a matrix [R, C] and indices of rank at most 7".to_owned());
        }
        Ok(indices.iter().copied().chain([table[1]]).collect())
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let table = one(operands);
        let [rows, columns] = [table.shape[0], table.shape[1]];
        for (out, &index) in out.chunks_exact_mut(columns.max(1)).zip(&naturals[self.indices.index()]) {
            if index < rows {
                out.copy_from_slice(&table.data[index * columns..][..columns]);
            } else {
                out.fill(S::literal(0.0));
            }
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let rows = emit.shape(one(site.operands))[0];
        vec![Some(emit.push(ScatterRows { indices: self.indices, rows }, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }

    fn indices(&self, operands: &[DynShape]) -> Option<(NatId, usize)> {
        Some((self.indices, one(operands)[0]))
    }
}

impl Operation for ScatterRows {
    const FLOPS: Flops = Flops::PerOperand(1);

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        let leading = indexed_last(one(operands), naturals, self.indices)?;
        Ok(DynShape::new(&[self.rows, one(operands)[leading.len()]]))
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let v = one(operands);
        let columns = v.shape[v.shape.len() - 1];
        let mut touched = vec![false; self.rows];
        out.fill(S::literal(0.0));
        for (v, &index) in v.data.chunks_exact(columns.max(1)).zip(&naturals[self.indices.index()]) {
            if index >= self.rows {
                continue;
            }
            let row = &mut out[index * columns..][..columns];
            if touched[index] {
                row.iter_mut().zip(v).for_each(|(out, &v)| *out = *out + v);
            } else {
                row.copy_from_slice(v);
            }
            touched[index] = true;
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(GatherRows { indices: self.indices }, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }

    fn indices(&self, _: &[DynShape]) -> Option<(NatId, usize)> {
        Some((self.indices, self.rows))
    }
}

impl Operation for GatherLast {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        indexed_last(one(operands), naturals, self.indices)
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let x = one(operands);
        let size = x.shape[x.shape.len() - 1];
        for ((position, out), &index) in out.iter_mut().enumerate().zip(&naturals[self.indices.index()]) {
            *out = if index < size { x.data[position * size + index] } else { S::literal(0.0) };
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let shape = emit.shape(one(site.operands));
        let size = shape[shape.len() - 1];
        vec![Some(emit.push(ScatterLast { indices: self.indices, size }, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }

    fn indices(&self, operands: &[DynShape]) -> Option<(NatId, usize)> {
        one(operands).last().map(|&size| (self.indices, size))
    }
}

impl Operation for ScatterLast {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        let (leading, indices) = (one(operands), natural(naturals, self.indices)?);
        if leading != indices || leading.len() == MAX_RANK {
            return Err(format!("the indices have shape {indices}, which must be the operand's, of rank at most 7"));
        }
        Ok(leading.iter().copied().chain([self.size]).collect())
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let v = one(operands);
        out.fill(S::literal(0.0));
        for ((position, &v), &index) in v.data.iter().enumerate().zip(&naturals[self.indices.index()]) {
            if index < self.size {
                out[position * self.size + index] = v;
            }
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(GatherLast { indices: self.indices }, &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }

    fn indices(&self, _: &[DynShape]) -> Option<(NatId, usize)> {
        Some((self.indices, self.size))
    }
}

impl Operation for KeepValid {
    const FLOPS: Flops = Flops::NONE;

    fn shape(&self, operands: &[DynShape], naturals: &[DynShape]) -> Result<DynShape, String> {
        indexed_last(one(operands), naturals, self.indices)?;
        Ok(one(operands))
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], naturals: &[Vec<usize>], out: &mut [S]) {
        let v = one(operands);
        let size = v.shape[v.shape.len() - 1].max(1);
        let lines = out.chunks_exact_mut(size).zip(v.data.chunks_exact(size));
        for ((out, v), &index) in lines.zip(&naturals[self.indices.index()]) {
            if index < self.size {
                out.copy_from_slice(v);
            } else {
                out.fill(S::literal(0.0));
            }
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, _: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        vec![Some(emit.push(self.clone(), &[cotangent]))]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }

    fn indices(&self, _: &[DynShape]) -> Option<(NatId, usize)> {
        Some((self.indices, self.size))
    }
}

impl Operation for ScatterAdd {
    const FLOPS: Flops = Flops::PerOperand(1);

    fn shape(&self, operands: &[DynShape], _: &[DynShape]) -> Result<DynShape, String> {
        let [x, v] = [operands[0], operands[1]];
        let rows = *x.first().ok_or("it needs an axis to index")?;
        if self.index >= rows {
            return Err(format!("the index {} is out of range: axis 0 has {rows} positions", self.index));
        }
        if v == x.without(|axis| axis == 0) { Ok(x) } else { Err(format!("{v} does not fit one position of {x}")) }
    }

    fn eval<S: Scalar>(&self, operands: &[View<'_, S>], _: &[Vec<usize>], out: &mut [S]) {
        let [x, v] = [operands[0].data, operands[1].data];
        out.copy_from_slice(x);
        for (out, &v) in out[self.index * v.len()..].iter_mut().zip(v) {
            *out = *out + v;
        }
    }

    fn vjp(&self, emit: &mut Emit<'_>, site: Site<'_>, cotangent: Id) -> Vec<Option<Id>> {
        let row = emit.push(Slice { axis: 0, start: self.index, end: self.index + 1 }, &[cotangent]);
        let to_v = emit.reshape(row, emit.shape(site.operands[1]));
        vec![Some(cotangent), Some(to_v)]
    }

    fn jvp(&self, emit: &mut Emit<'_>, site: Site<'_>, tangents: &[Option<Id>]) -> Option<Id> {
        emit.linear(self.clone(), site.operands, tangents)
    }
}
