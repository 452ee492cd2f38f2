//! Products with a vector, and products of two vectors: too little work for tiles.

use std::mem::MaybeUninit;

use super::super::InstructionSet;
use super::super::tile::load_row;
use super::super::transpose::WIDEST;
use super::super::vector::{Body, Element, Vector};
use super::product::{Block, Matrix};
use super::update::Update;

impl<T: Element> Block<T> {
    /// The product, if it is one with a vector or of two vectors. Inlined, so that a block is not copied from memory right
    /// after it was stored in smaller pieces: that would wait until all before is done.
    ///
    /// # Safety
    /// The matrices are valid.
    #[inline(always)]
    pub(super) unsafe fn without_tiles(&self, instruction_set: InstructionSet) -> bool {
        let Self { m, n, k, a, b, c, c_row, bias, update } = *self;
        let (x, x_step) = (a.start, a.column);
        if m == 1 && b.row == 1 {
            instruction_set.run(Column { m: n, k, a: b.transposed(), x, x_step, c, bias, bias_step: 1, update });
        } else if n == 1 && c_row == 1 && a.column == 1 {
            let (x, x_step) = (b.start, b.row);
            instruction_set.run(Column { m, k, a, x, x_step, c, bias, bias_step: 0, update });
        } else if k == 1 && b.column == 1 && bias.is_null() {
            instruction_set.run(Outer { m, n, a: a.start, a_step: a.row, b: b.start, c, c_row, update });
        } else if m == 1 && b.column == 1 {
            instruction_set.run(Row { n, k, x, x_step, b, c, bias, update });
        } else if n == 1 && c_row == 1 && a.row == 1 && bias.is_null() {
            let (x, x_step) = (b.start, b.row);
            instruction_set.run(Row { n: m, k, x, x_step, b: a.transposed(), c, bias, update });
        } else {
            return false;
        }
        true
    }
}

/// The number of vectors of rows done together: as many chains hide the latency of one.
const TOGETHER: usize = 4;
/// The largest number of rows, and of terms, that are not worth a square.
const FEW: usize = 2;

/// A square of the widest vector, aligned as cache lines: a vector that is stored and read again across two of them takes
/// a third longer.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Square<T>([T; WIDEST * WIDEST]);

/// The product of a matrix, with its rows in memory, and a vector. Squares of the matrix are transposed, so that rows lie
/// in lanes. A function of its own, so that its sums stay in registers whatever surrounds it.
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
    /// Added at the end, if not null: elements so far apart.
    pub bias: *const T,
    pub bias_step: usize,
    pub update: Option<Update<T>>,
}

// On vectors of 256 bits, whose squares are transposed faster.
impl<T: Element> Body<T> for Column<T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            if self.m <= FEW || self.k <= FEW {
                self.one_by_one::<V>();
            } else {
                for row in (0..self.m).step_by(TOGETHER * V::LANES) {
                    self.rows::<V>(row);
                }
            }
            if let Some(update) = self.update {
                update.apply::<V>(1, self.m, self.c, 0);
            }
        }
    }
}

impl<T: Element> Column<T> {
    #[inline(always)]
    unsafe fn one_by_one<V: Vector<T>>(&self) {
        // SAFETY: the caller's promise. All lanes of a vector are the same number.
        unsafe {
            let first = V::mask(1);
            for i in 0..self.m {
                let mut sum = V::splat(T::number(0.0));
                for p in 0..self.k {
                    sum = V::splat(*self.a.at(i, p)).mul_add(V::splat(*self.x.add(p * self.x_step)), sum);
                }
                if !self.bias.is_null() {
                    sum = sum.add(V::splat(*self.bias.add(i * self.bias_step)));
                }
                sum.store_masked(self.c.add(i), first);
            }
        }
    }

    /// The rows from `row` on, as many as are done together.
    #[inline(always)]
    unsafe fn rows<V: Vector<T>>(&self, row: usize) {
        let Self { m, k, a, x, x_step, c, bias, bias_step, .. } = *self;
        let vectors = TOGETHER.min((m - row).div_ceil(V::LANES));
        let mut squares = [const { MaybeUninit::<Square<T>>::uninit() }; TOGETHER];
        let mut edge = MaybeUninit::<Square<T>>::uninit();
        let edge = edge.as_mut_ptr().cast::<T>();
        // SAFETY: the caller's promise; squares have room for whole squares of every instruction set. Of the squares, the
        // first `terms` columns of the first `vectors` are read, and those were written.
        unsafe {
            let mut sums = [V::splat(T::number(0.0)); TOGETHER];
            for first in (0..k).step_by(V::LANES) {
                let terms = V::LANES.min(k - first);
                for (i, square) in squares.iter_mut().enumerate().take(vectors) {
                    let row = row + i * V::LANES;
                    let (from, to) = (a.at(row, first), square.as_mut_ptr().cast::<T>());
                    if (terms == V::LANES || terms.is_multiple_of(4)) && m - row >= V::LANES {
                        V::transpose(terms, from, a.row, to, V::LANES);
                        continue;
                    }
                    // At the edge the last row stands for those that are missing: nobody stores what comes of them.
                    let mask = V::mask(terms);
                    for lane in 0..V::LANES {
                        let from = a.at((row + lane).min(m - 1), first);
                        V::load_masked(from, mask).store(edge.add(lane * V::LANES));
                    }
                    V::transpose(V::LANES, edge, V::LANES, to, V::LANES);
                }
                // Where there are fewer vectors the last one is computed several times, so that all sums stay in registers.
                let squares: [*const T; TOGETHER] =
                    std::array::from_fn(|i| squares[i.min(vectors - 1)].as_ptr().cast::<T>());
                for p in 0..terms {
                    let factor = V::splat(*x.add((first + p) * x_step));
                    for i in 0..TOGETHER {
                        sums[i] = V::load(squares[i].add(p * V::LANES)).mul_add(factor, sums[i]);
                    }
                }
            }
            for (i, mut sum) in sums.into_iter().enumerate().take(vectors) {
                let row = row + i * V::LANES;
                let mask = V::mask(V::LANES.min(m - row));
                if !bias.is_null() {
                    let repeated = V::splat(*bias);
                    sum = sum.add(if bias_step == 0 { repeated } else { V::load_masked(bias.add(row), mask) });
                }
                store_lanes(sum, c.add(row), m - row);
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

/// The product of a vector and a matrix with its rows in memory.
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
    /// Added at the end, if not null.
    pub bias: *const T,
    pub update: Option<Update<T>>,
}

impl<T: Element> Body<T> for Row<T> {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            for column in (0..self.n).step_by(4 * V::LANES) {
                match (self.n - column).div_ceil(V::LANES) {
                    1 => self.columns::<V, 1>(column),
                    2 => self.columns::<V, 2>(column),
                    3 => self.columns::<V, 3>(column),
                    _ => self.columns::<V, 4>(column),
                }
            }
            if let Some(update) = self.update {
                update.apply::<V>(1, self.n, self.c, 0);
            }
        }
    }
}

impl<T: Element> Row<T> {
    /// The columns from `column` on that so many vectors hold: the last one may have fewer.
    #[inline(always)]
    unsafe fn columns<V: Vector<T>, const VECTORS: usize>(&self, column: usize) {
        let Self { n, k, x, x_step, b, c, bias, .. } = *self;
        let last = (VECTORS - 1) * V::LANES;
        // SAFETY: the caller's promise.
        unsafe {
            let mask = V::mask(V::LANES.min(n - column - last));
            let mut sums = [V::splat(T::number(0.0)); VECTORS];
            for p in 0..k {
                let (factor, row) = (V::splat(*x.add(p * x_step)), load_row::<T, V, VECTORS>(b.at(p, column), mask));
                for i in 0..VECTORS {
                    sums[i] = factor.mul_add(row[i], sums[i]);
                }
            }
            if !bias.is_null() {
                let row = load_row::<T, V, VECTORS>(bias.add(column), mask);
                for i in 0..VECTORS {
                    sums[i] = sums[i].add(row[i]);
                }
            }
            let to = c.add(column);
            for (i, sum) in sums.into_iter().enumerate().take(VECTORS - 1) {
                sum.store(to.add(i * V::LANES));
            }
            store_lanes(sums[VECTORS - 1], to.add(last), n - column - last);
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
        let Self { m, n, a, a_step, b, c, c_row, update } = self;
        // SAFETY: the caller's promise.
        unsafe {
            let zero = V::splat(T::number(0.0));
            for j in (0..n).step_by(V::LANES) {
                let mask = V::mask(V::LANES.min(n - j));
                let row = V::load_masked(b.add(j), mask);
                // Of short rows that are neighbours a whole vector is written, beyond which the next ones write theirs: a
                // masked store takes many times as long.
                let whole = if n - j >= V::LANES {
                    m
                } else if n < V::LANES && c_row == n {
                    (m * n).saturating_sub(V::LANES - n) / n
                } else {
                    0
                };
                for i in 0..m {
                    let mut products = V::splat(*a.add(i * a_step)).mul_add(row, zero);
                    let (place, is_whole) = (i * c_row + j, i < whole);
                    if let Some(Update { alpha, other }) = update {
                        let other = other.add(place);
                        let other = if is_whole { V::load(other) } else { V::load_masked(other, mask) };
                        products = V::splat(alpha).mul_add(products, other);
                    }
                    let to = c.add(place);
                    if is_whole { products.store(to) } else { products.store_masked(to, mask) }
                }
            }
        }
    }
}
