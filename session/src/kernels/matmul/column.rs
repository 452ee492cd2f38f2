//! Products with a vector, and products of two vectors: too little work for tiles.

use std::hint::black_box;

use super::super::InstructionSet;
use super::super::tile::load_row;
use super::super::vector::{Body, Element, Vector};
use super::After;
use super::product::{Block, Matrix};
use super::update::Update;

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
        form.part = VECTORS * instruction_set.run::<T, _>(Lanes);
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
                    update: after.update,
                });
            }
        }
    }
}

/// The product of two vectors: one chain in a vector whose lanes are all the same number.
pub(super) struct Dot<T> {
    pub k: usize,
    /// `k` neighbours.
    pub a: *const T,
    /// As many elements so far apart.
    pub x: *const T,
    pub x_step: usize,
    /// The result.
    pub c: *mut T,
    pub after: After<T>,
}

impl<T: Element> Body<T> for Dot<T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { k, a, x, x_step, c, after: After { bias, activation, update } } = self;
        // SAFETY: the caller's promise.
        unsafe {
            let mut sum = V::splat(T::number(0.0));
            for p in 0..k {
                sum = V::splat(*a.add(p)).mul_add(V::splat(*x.add(p * x_step)), sum);
            }
            if !bias.is_null() {
                sum = sum.add(V::splat(*bias));
            }
            if let Some(Update { alpha, other }) = update {
                sum = V::splat(alpha).mul_add(sum, V::splat(*other));
            }
            if let Some(activation) = activation {
                [sum] = activation.of([sum]);
            }
            *c = first_lane(sum);
        }
    }
}

/// Not by a masked store: what that has written is read late.
#[inline(always)]
unsafe fn first_lane<T: Element, V: Vector<T>>(vector: V) -> T {
    // SAFETY: vectors are of `T`.
    unsafe { (&raw const vector).cast::<T>().read() }
}

/// The rows that are computed together where they are fewer than a vector has lanes.
const FEW: usize = 4;
/// The terms that a square has.
const TERMS: usize = 4;

/// The product of a matrix, with its rows in memory, and a vector. Squares of the matrix are transposed in registers, so
/// that rows lie in lanes.
pub(super) struct Column<T> {
    pub m: usize,
    pub k: usize,
    /// The matrix, `m` rows of `k` neighbours.
    pub a: Matrix<T>,
    /// The vector: `k` elements so far apart.
    pub x: *const T,
    pub x_step: usize,
    /// The result: `m` neighbours.
    pub c: *mut T,
    /// The distance of the elements of the bias.
    pub bias_step: usize,
    pub after: After<T>,
}

impl<T: Element> Body<T> for Column<T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let Self { m, k, c, after, .. } = self;
        // SAFETY: the caller's promise; where squares are read, there are rows and terms enough for a whole one.
        unsafe {
            if m < V::LANES || k < TERMS {
                (0..m).step_by(FEW).for_each(|row| self.few_rows::<V>(row));
            } else {
                for row in (0..m).step_by(4 * V::LANES) {
                    match (m - row).div_ceil(V::LANES) {
                        1 => self.rows::<V, 1>(row),
                        2 => self.rows::<V, 2>(row),
                        _ => self.rows::<V, 4>(row),
                    }
                }
            }
            if let Some(update) = after.update {
                update.apply::<V>(1, m, c, 0);
            }
        }
    }
}

impl<T: Element> Column<T> {
    /// A few rows from `row` on, each a chain of its own in vectors whose lanes are all the same number; beyond the last
    /// row that one again.
    #[inline(always)]
    unsafe fn few_rows<V: Vector<T>>(&self, row: usize) {
        let Self { m, k, a, x, x_step, c, bias_step, after: After { bias, activation, .. } } = *self;
        // SAFETY: the caller's promise.
        unsafe {
            let rows: [*const T; FEW] = std::array::from_fn(|i| a.at((row + i).min(m - 1), 0));
            let mut sums = [V::splat(T::number(0.0)); FEW];
            for p in 0..k {
                let factor = V::splat(*x.add(p * x_step));
                for (sum, row) in sums.iter_mut().zip(rows) {
                    *sum = V::splat(*row.add(p)).mul_add(factor, *sum);
                }
            }
            let row = |i: usize| (row + i).min(m - 1);
            if !bias.is_null() {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.add(V::splat(*bias.add(row(i) * bias_step)));
                }
            }
            if let Some(activation) = activation {
                sums = activation.of(sums);
            }
            for (i, sum) in sums.into_iter().enumerate() {
                *c.add(row(i)) = first_lane(sum);
            }
        }
    }

    /// The rows of so many vectors from `row` on; where fewer are left, also some of those before, which are the same again.
    #[inline(always)]
    unsafe fn rows<V: Vector<T>, const VECTORS: usize>(&self, row: usize) {
        let Self { m, k, a, c, bias_step, after: After { bias, activation, .. }, .. } = *self;
        let row = |i: usize| (row + i * V::LANES).min(m - V::LANES);
        let mut rows: [*const T; VECTORS] = std::array::from_fn(|i| a.at(row(i), 0));
        // SAFETY: the caller's promise. Squares have terms enough: the last one some of those before.
        unsafe {
            let mut sums = [V::splat(T::number(0.0)); VECTORS];
            let rest = k % TERMS;
            for first in (0..k - rest).step_by(TERMS) {
                // Pointers of which the compiler knows nothing: else it holds one for each row, in memory.
                rows = black_box(rows);
                self.add_terms(&mut sums, &rows, first, 0);
                rows = rows.map(|row| row.wrapping_add(TERMS));
            }
            if rest != 0 {
                let skipped = TERMS - rest;
                self.add_terms(&mut sums, &rows.map(|row| row.wrapping_sub(skipped)), k - TERMS, skipped);
            }
            if !bias.is_null() {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.add(if bias_step == 0 { V::splat(*bias) } else { V::load(bias.add(row(i))) });
                }
            }
            if let Some(activation) = activation {
                sums = activation.of(sums);
            }
            for (i, sum) in sums.into_iter().enumerate() {
                sum.store(c.add(row(i)));
            }
        }
    }

    /// Adds the terms of the squares from `first` on, where the rows stand, but for those to be skipped, to the sums.
    #[inline(always)]
    unsafe fn add_terms<V: Vector<T>, const VECTORS: usize>(
        &self,
        sums: &mut [V; VECTORS],
        rows: &[*const T; VECTORS],
        first: usize,
        skipped: usize,
    ) {
        let Self { a, x, x_step, .. } = *self;
        // SAFETY: the caller's promise.
        unsafe {
            let factors: [V; TERMS] = std::array::from_fn(|p| V::splat(*x.add((first + p) * x_step)));
            for (sum, row) in sums.iter_mut().zip(rows) {
                let mut columns = [V::splat(T::number(0.0)); TERMS];
                V::transpose(TERMS, *row, a.row, columns.as_mut_ptr().cast(), V::LANES);
                for p in skipped..TERMS {
                    *sum = columns[p].mul_add(factors[p], *sum);
                }
            }
        }
    }
}

/// Stores the first `lanes` lanes of a vector, if it has so many: whole where it can be, which is read again sooner.
#[inline(always)]
unsafe fn store_lanes<T: Element, V: Vector<T>>(vector: V, to: *mut T, lanes: usize) {
    // SAFETY: the caller's promise.
    unsafe { if lanes >= V::LANES { vector.store(to) } else { vector.store_masked(to, V::mask(lanes)) } }
}

/// The most vectors of a row at once.
const VECTORS: usize = 4;

/// The lanes of the widest vectors.
struct Lanes;

impl<T: Element> Body<T> for Lanes {
    type Output = usize;
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) -> usize {
        V::LANES
    }
}

/// The product of a vector and a matrix with its rows in memory, of no more columns than [`VECTORS`] vectors have.
pub(super) struct Row<T> {
    pub n: usize,
    pub k: usize,
    /// The vector: `k` elements so far apart.
    pub x: *const T,
    pub x_step: usize,
    /// The matrix, `k` rows of `n` neighbours.
    pub b: Matrix<T>,
    /// The result: `n` neighbours.
    pub c: *mut T,
    pub after: After<T>,
}

impl<T: Element> Row<T> {
    /// Not in one body, in which the compiler would make ready before its loop what only an activation needs.
    #[inline(never)]
    fn run_in_parts(self, instruction_set: InstructionSet, part: usize) {
        let Self { n, b, c, after, .. } = self;
        for first in (0..n).step_by(part) {
            let b = Matrix { start: b.at(0, first), ..b };
            let (c, after) = (c.wrapping_add(first), after.at(first));
            instruction_set.run(Self { n: part.min(n - first), b, c, after, ..self });
        }
    }
}

impl<T: Element> Body<T> for Row<T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.n.div_ceil(V::LANES) {
                1 => self.columns::<V, 1>(),
                2 => self.columns::<V, 2>(),
                3 => self.columns::<V, 3>(),
                _ => self.columns::<V, VECTORS>(),
            }
            if let Some(update) = self.after.update {
                update.apply::<V>(1, self.n, self.c, 0);
            }
        }
    }
}

impl<T: Element> Row<T> {
    /// In so many vectors, of which the last one may have fewer columns.
    #[inline(always)]
    unsafe fn columns<V: Vector<T>, const VECTORS: usize>(&self) {
        let Self { n, k, x, x_step, b, c, after: After { bias, activation, .. } } = *self;
        let last = (VECTORS - 1) * V::LANES;
        // SAFETY: the caller's promise.
        unsafe {
            let mask = V::mask(n - last);
            let mut sums = [V::splat(T::number(0.0)); VECTORS];
            for p in 0..k {
                let (factor, row) = (V::splat(*x.add(p * x_step)), load_row::<T, V, VECTORS>(b.at(p, 0), mask));
                for i in 0..VECTORS {
                    sums[i] = factor.mul_add(row[i], sums[i]);
                }
            }
            if !bias.is_null() {
                let row = load_row::<T, V, VECTORS>(bias, mask);
                for i in 0..VECTORS {
                    sums[i] = sums[i].add(row[i]);
                }
            }
            if let Some(activation) = activation {
                sums = activation.of(sums);
            }
            for (i, sum) in sums.into_iter().enumerate().take(VECTORS - 1) {
                sum.store(c.add(i * V::LANES));
            }
            store_lanes(sums[VECTORS - 1], c.add(last), n - last);
        }
    }
}

/// The products of each of `m` numbers with a row of `n`: chains of one term.
pub(super) struct Outer<T> {
    pub m: usize,
    pub n: usize,
    pub a: *const T,
    pub a_step: usize,
    pub b: *const T,
    pub c: *mut T,
    pub c_row: usize,
    pub update: Option<Update<T>>,
}

impl<T: Element> Body<T> for Outer<T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            if 2 * self.n <= V::LANES && self.c_row == self.n {
                return self.short_rows::<V>();
            }
            let pairs = self.n - self.n % (2 * V::LANES);
            (0..pairs).step_by(2 * V::LANES).for_each(|j| self.columns::<V, 2>(j));
            (pairs..self.n).step_by(V::LANES).for_each(|j| self.columns::<V, 1>(j));
        }
    }
}

/// The most lanes of a vector.
const MAX_LANES: usize = 16;

impl<T: Element> Outer<T> {
    /// All of it, two rows in each vector: they are neighbours.
    #[inline(always)]
    unsafe fn short_rows<V: Vector<T>>(&self) {
        let Self { m, n, a, a_step, b, c, update, .. } = *self;
        let [mut twice, mut is_first] = [[T::number(0.0); MAX_LANES]; 2];
        // SAFETY: the caller's promise; two rows are no longer than a vector.
        unsafe {
            for j in 0..n {
                (twice[j], twice[n + j], is_first[j]) = (*b.add(j), *b.add(j), T::number(1.0));
            }
            let twice = V::load(twice.as_ptr());
            let is_first = V::load(is_first.as_ptr()).equals(V::splat(T::number(1.0)));
            let factors = |i: usize, second: usize| {
                V::choose(is_first, V::splat(*a.add(i * a_step)), V::splat(*a.add(second * a_step)))
            };
            let products = |factors: V| factors.mul_add(twice, V::splat(T::number(0.0)));
            // Whole vectors are written, beyond which the next ones write theirs: a masked store takes many times as long.
            let whole = (m * n + 2 * n).saturating_sub(V::LANES) / (2 * n);
            for pair in 0..whole {
                let (i, place) = (2 * pair, pair * 2 * n);
                let products = products(factors(i, i + 1));
                changed(products, update, place, |other| V::load(other)).store(c.add(place));
            }
            for i in (2 * whole..m).step_by(2) {
                let (place, products) = (i * n, products(factors(i, (i + 1).min(m - 1))));
                let mask = V::mask((2 * n).min(m * n - place));
                let changed = changed(products, update, place, |other| V::load_masked(other, mask));
                changed.store_masked(c.add(place), mask);
            }
        }
    }

    /// The columns from `j` on that so many vectors hold: of a single one there may be fewer.
    #[inline(always)]
    unsafe fn columns<V: Vector<T>, const VECTORS: usize>(&self, j: usize) {
        let Self { m, n, a, a_step, b, c, c_row, update } = *self;
        // SAFETY: the caller's promise.
        unsafe {
            let mask = V::mask(V::LANES.min(n - j));
            let row = load_row::<T, V, VECTORS>(b.add(j), mask);
            // Of short rows that are neighbours a whole vector is written, beyond which the next ones write theirs: a
            // masked store takes many times as long.
            let whole = if n - j >= V::LANES {
                m
            } else if n < V::LANES && c_row == n {
                (m * n).saturating_sub(V::LANES - n) / n
            } else {
                0
            };
            for i in 0..whole {
                let factor = V::splat(*a.add(i * a_step));
                for (v, &row) in row.iter().enumerate() {
                    let place = i * c_row + j + v * V::LANES;
                    let products = factor.mul_add(row, V::splat(T::number(0.0)));
                    changed(products, update, place, |other| V::load(other)).store(c.add(place));
                }
            }
            for i in whole..m {
                let place = i * c_row + j;
                let products = V::splat(*a.add(i * a_step)).mul_add(row[0], V::splat(T::number(0.0)));
                changed(products, update, place, |other| V::load_masked(other, mask)).store_masked(c.add(place), mask);
            }
        }
    }
}

/// Products from some place of the result on, or their update, whose other elements are read by `load`.
///
/// # Safety
/// The machine has the instruction set of `V`.
#[inline(always)]
unsafe fn changed<T: Element, V: Vector<T>>(
    products: V,
    update: Option<Update<T>>,
    place: usize,
    load: impl Fn(*const T) -> V,
) -> V {
    match update {
        // SAFETY: the caller's promise.
        Some(Update { alpha, other }) => unsafe { V::splat(alpha).mul_add(products, load(other.add(place))) },
        None => products,
    }
}
