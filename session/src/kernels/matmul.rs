//! Matrix products: every element one chain of `mul_add` over k, ascending, from `+0`.
//!
//! The result is computed in tiles that stay in registers. The left matrix is read where it lies,
//! by broadcast, as rows or as columns. The right one is read where it lies too, except that its
//! transpose is first copied into rows of tiles, and that rows which would drive each other out of a
//! cache are copied by the first tiles that read them. Long chains are cut and continue from the stored
//! sums, which changes nothing. Products with a vector, and of two vectors, have too little work for
//! tiles: `vectors`. What is added to a multiple of the product, as in a step of gradient descent, is
//! added to the finished sums while they are in registers.

mod column;
mod dot;
mod outer;
mod partners;
mod product;
mod row;
mod vectors;

use std::marker::PhantomData;
use std::ops::Range;

use super::activation::{Activation, Rows};
use super::threads::{Shared, part_range};
use super::vector::Element;
use super::{InstructionSet, Processor, size};
pub use crate::product::Product;
use partners::{Partners, Rule};
use product::{Block, FEW_ROWS, Matrix, Part, copied_columns, depth};
use vectors::Form;

/// About the multiply-adds that are worth a thread of their own: some microseconds, a few times what it takes to start.
const WORTHWHILE: usize = 150_000;

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
        let Self { batch, m, n, k, .. } = *self;
        let lengths = [size([batch, m, k]), size([batch, k, n]), size([batch, m, n])];
        Plan { product: *self, division, turned, scratch, lengths, element: PhantomData }
    }

    fn division(&self, processor: &Processor) -> Division {
        let work = self.batch.saturating_mul(self.m).saturating_mul(self.n).saturating_mul(self.k);
        let parts = processor.threads.split(work, WORTHWHILE);
        // Columns are cut at whole cache lines.
        if self.batch >= parts {
            Division::Batch(parts)
        } else if self.m >= self.n || self.k < self.m && self.m >= parts * MANY_ROWS {
            // Of few terms the result is most of what is read and written: whole rows of it, which are those of a layer's
            // outputs if it is the gradient of weights, stay with the thread that computes these outputs.
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
        if m == 1 || m <= FEW_ROWS && !self.transpose_b && !self.turned(division) {
            return 0;
        }
        let depth = depth(self.k);
        let columns = if self.turned(division) { m } else { n };
        let copied = depth * columns.min(copied_columns(depth, size)).next_multiple_of(64);
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
        let is_narrow = n <= NARROW && m.min(self.k) >= 2 * NARROW;
        is_narrow || self.transpose_b && m >= 4 && left + 2 * m * n < n * self.k
    }
}

/// What is done with a product before it is left.
#[derive(Clone, Copy, Debug)]
pub enum Then<'a, T> {
    /// Nothing.
    Nothing,
    /// These, of length n, are added to each row. A function is applied to what that gives, if there is one.
    Bias(&'a [T], Option<Activation>),
    /// The result is `alpha * product + other`, rounded once.
    Update {
        /// The factor of the product.
        alpha: T,
        /// As many elements as the product.
        other: &'a [T],
    },
    /// The result is the product where these, as many, are positive or NaN, else `+0`.
    Gate(&'a [T]),
}

/// A product with what its sizes decide.
#[derive(Clone, Copy, Debug)]
pub struct Plan<T> {
    product: Product,
    division: Division,
    turned: bool,
    /// The elements of scratch of one part.
    scratch: usize,
    /// The elements of both matrices and the result.
    lengths: [usize; 3],
    element: PhantomData<fn() -> T>,
}

/// Results with no more columns, which would leave lanes empty and have few products for each element that is read, are
/// computed with their rows in the lanes, if these and the terms are twice as many.
const NARROW: usize = 16;
/// So many rows for each thread are dealt evenly enough, whole tiles of them.
const MANY_ROWS: usize = 64;
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
        assert!(scratch.len() >= self.scratch(), "scratch of a product");
        let after = check(self.lengths, self.product.n, [a, b], then, out);
        if out.is_empty() {
            return;
        }
        let (out, scratch) = (Shared(out.as_mut_ptr()), Shared(scratch.as_mut_ptr()));
        if self.is_whole() {
            let block = self.block(a, b, out.pointer(), after);
            // SAFETY: all of the product; the lengths are right.
            return unsafe { self.run_block(processor.instruction_set, block, after.activation, scratch.pointer()) };
        }
        let After { bias, activation, partners } = after;
        let (bias, partners) =
            (Shared(bias.cast_mut()), partners.map(|Partners { rule, first }| (rule, Shared(first.cast_mut()))));
        self.run_parts(processor, &|part, item, rows, columns| {
            let Product { m, n, k, .. } = self.product;
            let a = &a[item * m * k..][..m * k];
            let b = &b[item * k * n..][..k * n];
            let first = item * m * n;
            // SAFETY: the first element of the item lies inside the result; parts have results and scratch of their own.
            unsafe {
                let partners =
                    partners.map(|(rule, start)| Partners { rule, first: start.pointer().add(first).cast_const() });
                let after = After { bias: bias.pointer().cast_const(), activation, partners };
                let block = self.block(a, b, out.pointer().add(first), after);
                let scratch = scratch.pointer().wrapping_add(part * self.scratch);
                self.run_block(processor.instruction_set, block.part(rows, columns), activation, scratch);
            }
        });
    }

    /// The same as a product with a vector, or of two vectors, if it is one and for one thread. Without a bias it can be
    /// one where it is none with it.
    pub fn of_vectors(&self, processor: &Processor, has_bias: bool) -> Option<OfVectors<T>> {
        let bias = if has_bias { std::ptr::dangling() } else { std::ptr::null() };
        if !self.is_whole() || self.lengths[2] == 0 {
            return None;
        }
        let after = After { bias, activation: None, partners: None };
        let block = self.block(&[], &[], std::ptr::null_mut(), after);
        let (form, instruction_set) = block.form(processor.instruction_set)?;
        let Self { lengths, product, element, .. } = *self;
        Some(OfVectors { form, instruction_set, lengths, n: product.n, has_bias, element })
    }

    /// Whether it is a single product for one thread.
    fn is_whole(&self) -> bool {
        self.product.batch == 1 && self.division.parts() == 1
    }

    /// One product of a stack.
    #[inline(always)]
    fn block(&self, a: &[T], b: &[T], c: *mut T, After { bias, activation, partners }: After<T>) -> Block<T> {
        let Product { m, n, k, transpose_a, transpose_b, .. } = self.product;
        let (a_row, a_column) = if transpose_a { (1, m) } else { (k, 1) };
        let (b_row, b_column) = if transpose_b { (1, k) } else { (n, 1) };
        let a = Matrix { start: a.as_ptr(), row: a_row, column: a_column };
        let b = Matrix { start: b.as_ptr(), row: b_row, column: b_column };
        let rectified = activation == Some(Activation::Relu);
        Block { m, n, k, a, b, c, c_row: n, bias, bias_of_rows: false, rectified, partners }
    }

    /// # Safety
    /// The matrices of the block are valid, the result and the scratch for nobody else.
    #[inline(always)]
    unsafe fn run_block(
        &self,
        instruction_set: InstructionSet,
        block: Block<T>,
        activation: Option<Activation>,
        scratch: *mut T,
    ) {
        let Block { m, n, a, b, c, c_row, bias, rectified, partners, .. } = block;
        if let Some((form, instruction_set)) = block.form(instruction_set) {
            let after = After { bias, activation, partners };
            // SAFETY: the caller's promise.
            return unsafe { form.run(instruction_set, [a.start, b.start], c, after) };
        }
        let turned = self.turned;
        let (rows, columns) = if turned { (n, m) } else { (m, n) };
        let lanes = if columns == 1 { rows } else { columns };
        instruction_set.for_lanes::<T>(lanes).run(Part { block, turned, scratch });
        if let Some(activation) = activation.filter(|_| !rectified) {
            instruction_set.for_lanes::<T>(n).run(Rows { activation, rows: m, columns: n, c, row: c_row });
        }
    }

    /// Calls `run` with the number of each part, its place in the stack, and its rows and columns.
    fn run_parts(&self, processor: &Processor, run: &(dyn Fn(usize, usize, Range<usize>, Range<usize>) + Sync)) {
        let Product { batch, m, n, .. } = self.product;
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

/// What is done with a product then: a bias, or null, and an activation, or what it makes with partners.
#[derive(Clone, Copy)]
struct After<T> {
    bias: *const T,
    activation: Option<Activation>,
    partners: Option<Partners<T>>,
}

impl<T: Element> After<T> {
    /// The same for the part of a row that begins so many elements later.
    #[inline(always)]
    fn at(self, offset: usize) -> Self {
        let bias = if self.bias.is_null() { self.bias } else { self.bias.wrapping_add(offset) };
        Self { bias, partners: self.partners.map(|partners| partners.at(offset)), ..self }
    }
}

/// Panics if the lengths do not fit.
#[inline(always)]
fn check<T: Element>(lengths: [usize; 3], columns: usize, [a, b]: [&[T]; 2], then: Then<'_, T>, out: &[T]) -> After<T> {
    assert!(a.len() == lengths[0], "left matrix of a product");
    assert!(b.len() == lengths[1], "right matrix of a product");
    assert!(out.len() == lengths[2], "result of a product");
    let mut after = After { bias: std::ptr::null(), activation: None, partners: None };
    match then {
        Then::Nothing => {}
        Then::Bias(bias, activation) => {
            assert!(bias.len() == columns, "bias of a linear layer");
            (after.bias, after.activation) = (bias.as_ptr(), activation);
        }
        Then::Update { alpha, other } => {
            assert!(other.len() == out.len(), "what is added to a product");
            after.partners = Some(Partners { rule: Rule::Update(alpha), first: other.as_ptr() });
        }
        Then::Gate(by) => {
            assert!(by.len() == out.len(), "what a product is gated by");
            after.partners = Some(Partners { rule: Rule::Gate, first: by.as_ptr() });
        }
    }
    after
}

/// A product with a vector, or of two vectors, with all that its sizes decide: it is so little work that finding that out
/// would take as long.
#[derive(Clone, Copy, Debug)]
pub struct OfVectors<T> {
    form: Form,
    instruction_set: InstructionSet,
    /// The elements of both operands and the result.
    lengths: [usize; 3],
    /// The columns of the result.
    n: usize,
    has_bias: bool,
    element: PhantomData<fn() -> T>,
}

impl<T: Element> OfVectors<T> {
    /// As [`Plan::run`].
    ///
    /// # Panics
    /// If the lengths do not fit, or there is a bias where the product was made without one.
    #[inline(always)]
    pub fn run(&self, a: &[T], b: &[T], then: Then<'_, T>, out: &mut [T]) {
        let after = check(self.lengths, self.n, [a, b], then, out);
        assert!(after.bias.is_null() || self.has_bias, "a bias for a product without one");
        // SAFETY: all of the product; the lengths are right.
        unsafe { self.form.run(self.instruction_set, [a.as_ptr(), b.as_ptr()], out.as_mut_ptr(), after) }
    }
}

impl<T: Element> Block<T> {
    /// Some rows and columns of the product.
    fn part(self, rows: Range<usize>, columns: Range<usize>) -> Self {
        let first = rows.start * self.c_row + columns.start;
        let along = |matrix: Matrix<T>, i, j| Matrix { start: matrix.at(i, j), ..matrix };
        Self {
            m: rows.len(),
            n: columns.len(),
            a: along(self.a, rows.start, 0),
            b: along(self.b, 0, columns.start),
            c: self.c.wrapping_add(first),
            bias: if self.bias.is_null() { self.bias } else { self.bias.wrapping_add(columns.start) },
            partners: self.partners.map(|partners| partners.at(first)),
            ..self
        }
    }
}
