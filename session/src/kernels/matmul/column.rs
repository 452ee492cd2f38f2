//! The product of a matrix with its rows in memory, and a vector.

use std::hint::black_box;

use super::super::vector::{Body, Element, Vector};
use super::After;
use super::dot::first_lane;
use super::product::Matrix;

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
            if let Some(partners) = after.partners {
                partners.apply::<V>(1, m, c, 0);
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
