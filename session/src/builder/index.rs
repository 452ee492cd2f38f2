//! Operations that pick positions: by static numbers, by captured ones, and by natural-number inputs.
//!
//! The rules for numbers that are not static are total: an index out of range reads 0 and gives no gradient.
//! A session checks indices before it runs, unless told not to.

use super::call::define;
use super::{GraphBuilder, refuse};
use crate::Error;
use crate::ir::{DynShape, Id, NatId, op};

impl GraphBuilder {
    fn expect_rank(&self, x: Id, rank: usize) -> Result<DynShape, Error> {
        match self.shape(x)? {
            shape if shape.len() == rank => Ok(shape),
            _ => Err(refuse(format!("it takes a tensor of rank {rank}"))),
        }
    }

    /// A vector gathered as a matrix of one column, or a matrix by rows.
    fn gather(&mut self, x: Id, rank: usize, indices: NatId) -> Result<Id, Error> {
        let shape = self.expect_rank(x, rank)?;
        let column = if rank == 1 { self.emit().reshape(x, shape.iter().copied().chain([1]).collect()) } else { x };
        let rows = self.push(op::GatherRows { indices }, &[column])?;
        let shape = self.shape(rows)?;
        Ok(if rank == 1 { self.emit().reshape(rows, shape.without(|axis| axis + 1 == shape.len())) } else { rows })
    }

    fn one_index(&self, natural: NatId) -> Result<(), Error> {
        match self.graph.naturals().get(natural.index()) {
            Some(&DynShape::SCALAR) => Ok(()),
            Some(shape) => Err(refuse(format!("it takes one index, not indices of shape {shape}"))),
            None => Err(refuse(format!("there is no natural-number input {natural}"))),
        }
    }

    fn captured_list(&mut self, indices: &[usize]) -> NatId {
        self.capture(DynShape::new(&[indices.len()]), indices)
    }
}

define! {
    /// One position of axis 0.
    "[N, S] -> S" "select"
    at(x; index: size) g => g.position(x, None, index);
    /// One element of a vector.
    "[N] -> []" "select"
    gather_scalar(x; index: size) g => g.position(x, Some(1), index);
    /// One row of a matrix.
    "[R, C] -> [C]" "select"
    gather_row(x; index: size) g => g.position(x, Some(2), index);
    /// One element of a vector, by a number that is not part of the graph: another number, the same tape.
    "[N] -> []" "take"
    gather_scalar_nat(x; index: size) g => {
        let index = g.capture(DynShape::SCALAR, &[index]);
        g.gather(x, 1, index)
    };
    /// Elements of a vector, by numbers that are not part of the graph.
    "[N] -> [K]" "take"
    gather_vec_nat(x; indices: sizes) g => { let indices = g.captured_list(indices); g.gather(x, 1, indices) };
    /// Rows of a matrix, by numbers that are not part of the graph.
    "[R, C] -> [K, C]" "index_select"
    gather_rows_nat(x; indices: sizes) g => { let indices = g.captured_list(indices); g.gather(x, 2, indices) };
    /// One element of a vector, by a natural-number input. (≠) The tangent is gathered too; in early TorchLean
    /// it was zero.
    "[N], nat [] -> []" "take"
    gather_scalar_ref(x | index) g => { g.one_index(index)?; g.gather(x, 1, index) };
    /// One row of a matrix, by a natural-number input.
    "[R, C], nat [] -> [C]" "index_select"
    gather_row_ref(x | index) g => { g.one_index(index)?; g.gather(x, 2, index) };
    /// Elements of a vector, by natural-number inputs of at most seven axes. Repeated indices add up in the gradient.
    "[N], nat S -> S" "take"
    gather_vec_ref(x | indices) g => g.gather(x, 1, indices);
    /// Rows of a matrix, by natural-number inputs. Repeated indices add up in the gradient.
    "[R, C], nat S -> [S, C]" "nn.functional.embedding"
    gather_rows_ref(x | indices) g => g.gather(x, 2, indices);
    /// `gather_rows_ref` by the name users look for.
    "[R, C], nat S -> [S, C]" "nn.functional.embedding"
    embedding(table | indices) g => g.gather(table, 2, indices);
    /// A copy of x with v added at one position of axis 0.
    "[N, S], S -> [N, S]" "index_add"
    scatter_add(x, v; index: size) g => g.push(op::ScatterAdd { index }, &[x, v]);
    /// A copy of a vector with v added at one element.
    "[N], [] -> [N]" "index_add"
    scatter_add_vec(x, v; index: size) g => { g.expect_rank(x, 1)?; g.push(op::ScatterAdd { index }, &[x, v]) };
    /// A copy of a matrix with v added to one row.
    "[R, C], [C] -> [R, C]" "index_add"
    scatter_add_row(x, v; index: size) g => { g.expect_rank(x, 2)?; g.push(op::ScatterAdd { index }, &[x, v]) };
}
