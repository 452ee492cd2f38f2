//! Products with a vector, and products of two vectors: too little work for tiles.

use super::super::InstructionSet;
use super::super::vector::Element;
use super::After;
use super::column::Column;
use super::dot::Dot;
use super::outer::Outer;
use super::product::{Block, Matrix};
use super::row::{Row, columns_at_once};

/// How a product with a vector, or of two vectors, is computed: all but where its elements are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    kind: Kind,
    /// Whether the vector is the right operand.
    vector_is_right: bool,
    /// The elements of the result: of an outer product its rows.
    count: usize,
    /// The terms of each: of an outer product its columns.
    length: usize,
    /// The distance of the elements of the vector.
    step: usize,
    /// The distance of the rows of the matrix, as the kind reads them: of an outer product those of the result.
    row: usize,
    /// The distance of the elements of the bias.
    bias_step: usize,
    /// The most elements of the result that a row computes at once.
    part: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Dot,
    Column,
    Row,
    Outer,
}

impl<T: Element> Block<T> {
    /// The form of the product, if it is one with a vector or of two vectors, and the instruction set that is the fastest
    /// for it.
    #[inline(always)]
    pub(super) fn form(&self, instruction_set: InstructionSet) -> Option<(Form, InstructionSet)> {
        let mut form = self.kind()?;
        let instruction_set = instruction_set.for_lanes::<T>(form.lanes());
        form.part = columns_at_once::<T>(instruction_set);
        Some((form, instruction_set))
    }

    #[inline(always)]
    fn kind(&self) -> Option<Form> {
        let Self { m, n, k, a, b, c_row, bias, .. } = *self;
        let (of_left, of_right) = (a.column, b.row);
        let form = |kind, vector_is_right, count, step, row, bias_step| {
            Some(Form { kind, vector_is_right, count, length: k, step, row, bias_step, part: 0 })
        };
        if m == 1 && n == 1 {
            // Of a single column the elements are neighbours.
            form(Kind::Dot, false, 1, of_left, 0, 0)
        } else if m == 1 && b.row == 1 {
            form(Kind::Column, false, n, of_left, b.column, 1)
        } else if n == 1 && c_row == 1 && a.column == 1 {
            form(Kind::Column, true, m, of_right, a.row, 0)
        } else if k == 1 && b.column == 1 && bias.is_null() {
            form(Kind::Outer, false, m, a.row, c_row, 0).map(|form| Form { length: n, ..form })
        } else if m == 1 && b.column == 1 {
            form(Kind::Row, false, n, of_left, b.row, 1)
        } else if n == 1 && c_row == 1 && a.row == 1 && bias.is_null() {
            form(Kind::Row, true, m, of_right, a.column, 0)
        } else {
            None
        }
    }
}

impl Form {
    /// The lanes that have work.
    fn lanes(&self) -> usize {
        if let Kind::Outer = self.kind { self.length } else { self.count }
    }

    /// The product of the operands that start at `left` and at `right`.
    ///
    /// # Safety
    /// The matrices are valid.
    #[inline(always)]
    pub(super) unsafe fn run<T: Element>(
        self,
        instruction_set: InstructionSet,
        [left, right]: [*const T; 2],
        c: *mut T,
        after: After<T>,
    ) {
        let Self { kind, vector_is_right, count, length, step, row, bias_step, part } = self;
        let (x, matrix) = if vector_is_right { (right, left) } else { (left, right) };
        let (x_step, a) = (step, Matrix { start: matrix, row, column: 1 });
        match kind {
            Kind::Dot => instruction_set.run(Dot { k: length, a: matrix, x, x_step, c, after }),
            Kind::Column => {
                instruction_set.run(Column { m: count, k: length, a, x, x_step, c, bias_step, after });
            }
            Kind::Row => {
                // Made where it is used: a copy would wait for what was just stored.
                let row = || Row { n: count, k: length, x, x_step, b: a, c, after };
                if count <= part { instruction_set.run(row()) } else { row().run_in_parts(instruction_set, part) }
            }
            Kind::Outer => {
                instruction_set.run(Outer {
                    m: count,
                    n: length,
                    a: x,
                    a_step: step,
                    b: matrix,
                    c,
                    c_row: row,
                    partners: after.partners,
                });
            }
        }
    }
}
