//! Matrix products: every element one chain of `mul_add` over k, ascending, from `+0`.
//!
//! The result is computed in tiles that stay in registers. The left matrix is read where it lies,
//! by broadcast, as rows or as columns. The right one is read where it lies too, except that its
//! transpose, or a large part of it, is first copied into rows of tiles. Long chains are cut and
//! continue from the stored sums, which changes nothing. Products with a vector, and of two vectors, have
//! too little work for tiles: `column`. What is added to a multiple of the product, as in a step of gradient descent, is
//! added while a tile is in the nearest cache: `update`.

mod column;
mod product;
mod update;

use std::marker::PhantomData;
use std::ops::Range;

use super::threads::{Shared, part_range};
use super::vector::Element;
use super::{Processor, size};
pub use crate::product::Product;
use product::{Block, COPIED_COLUMNS, DEPTH, Matrix, Part};
use update::Update;

/// About the multiply-adds that are worth a thread of their own: some 10 us.
const WORTHWHILE: usize = 500_000;

/// How a product is split over threads.
#[derive(Clone, Copy, Debug)]
enum Division {
    Batch(usize),
    Rows(usize),
    Columns(usize),
}

impl Division {
    fn parts(self) -> usize {
        let (Self::Batch(parts) | Self::Rows(parts) | Self::Columns(parts)) = self;
        parts
    }
}

impl Product {
    /// How the product is computed on a processor.
    #[inline(never)]
    pub fn plan<T: Element>(&self, processor: &Processor) -> Plan<T> {
        let division = self.division(processor);
        let turned = self.turned(division);
        let scratch = self.part_scratch(division, size_of::<T>());
        Plan { product: *self, division, turned, scratch, element: PhantomData }
    }

    fn division(&self, processor: &Processor) -> Division {
        let work = self.batch.saturating_mul(self.m).saturating_mul(self.n).saturating_mul(self.k);
        let parts = processor.threads.split(work, WORTHWHILE);
        // Columns are cut at whole cache lines.
        if self.batch >= parts {
            Division::Batch(parts)
        } else if self.m >= self.n {
            Division::Rows(parts.min(self.m).max(1))
        } else {
            Division::Columns(parts.min(self.n.div_ceil(COLUMN_UNIT)).max(1))
        }
    }

    /// The size of the largest part of one result.
    fn part_size(&self, division: Division) -> (usize, usize) {
        match division {
            Division::Batch(_) => (self.m, self.n),
            Division::Rows(parts) => (self.m.div_ceil(parts), self.n),
            Division::Columns(parts) => (self.m, self.n.div_ceil(COLUMN_UNIT).div_ceil(parts) * COLUMN_UNIT),
        }
    }

    /// Scratch of one part, for elements of `size` bytes.
    fn part_scratch(&self, division: Division, size: usize) -> usize {
        let (m, n) = self.part_size(division);
        let columns = |n: usize| n.min(COPIED_COLUMNS / size).next_multiple_of(64);
        let copied = self.k.min(DEPTH) * columns(n).max(columns(m));
        if self.turned(division) { copied + m * n } else { copied }
    }

    /// Whether to compute the transpose of the result, and with it transpose the left matrix and
    /// the result instead of a larger right matrix.
    fn turned(&self, division: Division) -> bool {
        let (m, n) = self.part_size(division);
        if m == 1 && self.transpose_b || n == 1 && self.transpose_a {
            return true;
        }
        let left = if self.transpose_a { 0 } else { m * self.k };
        self.transpose_b && m >= 4 && left + 2 * m * n < n * self.k
    }
}

/// What is done with a product before it is left.
#[derive(Clone, Copy, Debug)]
pub enum Then<'a, T> {
    /// Nothing.
    Nothing,
    /// These, of length n, are added to each row.
    Bias(&'a [T]),
    /// The result is `alpha * product + other`, rounded once.
    Update {
        /// The factor of the product.
        alpha: T,
        /// As many elements as the product.
        other: &'a [T],
    },
}

/// A product with what its sizes decide.
#[derive(Clone, Copy, Debug)]
pub struct Plan<T> {
    product: Product,
    division: Division,
    turned: bool,
    /// The elements of scratch of one part.
    scratch: usize,
    element: PhantomData<fn() -> T>,
}

/// The columns of the result are dealt to threads in units of this many.
const COLUMN_UNIT: usize = 16;

impl<T: Element> Plan<T> {
    /// The number of elements of scratch that the product takes.
    pub fn scratch(&self) -> usize {
        self.division.parts() * self.scratch
    }

    /// The product of `a` and `b`, and what is done with it then. Any processor gives the same bits; that of the plan is
    /// the fastest.
    ///
    /// # Panics
    /// If the lengths do not fit or scratch is shorter than [`scratch`](Self::scratch).
    #[inline(never)]
    pub fn run(&self, processor: &Processor, a: &[T], b: &[T], then: Then<'_, T>, out: &mut [T], scratch: &mut [T]) {
        let Product { batch, m, n, k, transpose_a, transpose_b } = self.product;
        let (turned, part_scratch) = (self.turned, self.scratch);
        assert_eq!(a.len(), size([batch, m, k]), "left matrix of a product");
        assert_eq!(b.len(), size([batch, k, n]), "right matrix of a product");
        assert_eq!(out.len(), size([batch, m, n]), "result of a product");
        let bias = if let Then::Bias(bias) = then { Some(bias) } else { None };
        assert!(bias.is_none_or(|bias| bias.len() == n), "bias of a linear layer");
        let update = if let Then::Update { alpha, other } = then { Some((alpha, other)) } else { None };
        assert!(update.is_none_or(|(_, other)| other.len() == out.len()), "what is added to a product");
        assert!(scratch.len() >= self.scratch(), "scratch of a product");
        if out.is_empty() {
            return;
        }
        let (out, scratch) = (Shared(out.as_mut_ptr()), Shared(scratch.as_mut_ptr()));
        let run = |part: usize, item: usize, rows: Range<usize>, columns: Range<usize>| {
            let a = &a[item * m * k..][..m * k];
            let b = &b[item * k * n..][..k * n];
            let (a_row, a_column) = if transpose_a { (1, m) } else { (k, 1) };
            let (b_row, b_column) = if transpose_b { (1, k) } else { (n, 1) };
            let first = item * m * n + rows.start * n + columns.start;
            // SAFETY: the offsets of the first row and column lie inside the matrices or just behind
            // them; parts have results and scratch of their own.
            let block = unsafe {
                Block {
                    m: rows.len(),
                    n: columns.len(),
                    k,
                    a: Matrix { start: a.as_ptr().wrapping_add(rows.start * a_row), row: a_row, column: a_column },
                    b: Matrix {
                        start: b.as_ptr().wrapping_add(columns.start * b_column),
                        row: b_row,
                        column: b_column,
                    },
                    c: out.pointer().add(first),
                    c_row: n,
                    bias: bias.map_or(std::ptr::null(), |bias| bias[columns.start..].as_ptr()),
                    update: update.map(|(alpha, other)| Update { alpha, other: other[first..].as_ptr() }),
                }
            };
            let scratch = scratch.pointer().wrapping_add(part * part_scratch);
            let (rows, columns) = if turned { (block.n, block.m) } else { (block.m, block.n) };
            let lanes = if columns == 1 { rows } else { columns };
            processor.instruction_set.for_lanes::<T>(lanes).run(Part { block, turned, scratch });
        };
        match self.division {
            Division::Batch(1) => (0..batch).for_each(|item| run(0, item, 0..m, 0..n)),
            Division::Batch(parts) => processor.threads.for_each(parts, |part| {
                for item in part_range(part, parts, batch) {
                    run(part, item, 0..m, 0..n);
                }
            }),
            Division::Rows(parts) => (0..batch).for_each(|item| {
                processor.threads.for_each(parts, |part| run(part, item, part_range(part, parts, m), 0..n));
            }),
            Division::Columns(parts) => (0..batch).for_each(|item| {
                processor.threads.for_each(parts, |part| {
                    let units = part_range(part, parts, n.div_ceil(COLUMN_UNIT));
                    run(part, item, 0..m, units.start * COLUMN_UNIT..n.min(units.end * COLUMN_UNIT));
                });
            }),
        }
    }
}
