//! Products with a vector, and products of two vectors: too little work for tiles.

use std::mem::MaybeUninit;

use super::super::transpose::WIDEST;
use super::super::vector::{Body, Element, Vector};
use super::product::Matrix;
use super::update::Update;

/// The number of vectors of rows done together.
const TOGETHER: usize = 2;
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
}

impl<T: Element> Body<T> for Column<T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        // SAFETY: the caller's promise.
        unsafe {
            if self.m <= FEW || self.k <= FEW {
                return self.one_by_one::<V>();
            }
            for row in (0..self.m).step_by(TOGETHER * V::LANES) {
                self.rows::<V>(row);
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
        let Self { m, k, a, x, x_step, c, bias, bias_step } = *self;
        let vectors = TOGETHER.min((m - row).div_ceil(V::LANES));
        let mut squares = [const { MaybeUninit::<Square<T>>::uninit() }; TOGETHER];
        let mut edge = MaybeUninit::<Square<T>>::uninit();
        let edge = edge.as_mut_ptr().cast::<T>();
        // SAFETY: the caller's promise; squares have room for whole squares of every instruction set. Of a square, only
        // what was written before is read: all of it is.
        unsafe {
            let mut sums = [V::splat(T::number(0.0)); TOGETHER];
            for first in (0..k).step_by(V::LANES) {
                let terms = V::LANES.min(k - first);
                for (i, square) in squares.iter_mut().enumerate().take(vectors) {
                    let row = row + i * V::LANES;
                    let (from, to) = (a.at(row, first), square.as_mut_ptr().cast::<T>());
                    if terms == V::LANES && m - row >= V::LANES {
                        V::transpose(from, a.row, to, V::LANES);
                        continue;
                    }
                    // At the edge the last row stands for those that are missing: nobody stores what comes of them.
                    let mask = V::mask(terms);
                    for lane in 0..V::LANES {
                        let from = a.at((row + lane).min(m - 1), first);
                        V::load_masked(from, mask).store(edge.add(lane * V::LANES));
                    }
                    V::transpose(edge, V::LANES, to, V::LANES);
                }
                for p in 0..terms {
                    let factor = V::splat(*x.add((first + p) * x_step));
                    for (sum, square) in sums.iter_mut().zip(&squares).take(vectors) {
                        let column = V::load(square.as_ptr().cast::<T>().add(p * V::LANES));
                        *sum = column.mul_add(factor, *sum);
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
                sum.store_masked(c.add(row), mask);
            }
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
