//! The product of two vectors that is a matrix.

use super::super::tile::load_row;
use super::super::vector::{Body, Element, MAX_LANES, Vector};
use super::partners::Partners;

/// The products of each of `m` numbers with a row of `n`: chains of one term.
pub(super) struct Outer<T> {
    pub m: usize,
    pub n: usize,
    pub a: *const T,
    pub a_step: usize,
    pub b: *const T,
    pub c: *mut T,
    pub c_row: usize,
    pub partners: Option<Partners<T>>,
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

impl<T: Element> Outer<T> {
    /// All of it, two rows in each vector: they are neighbours.
    #[inline(always)]
    unsafe fn short_rows<V: Vector<T>>(&self) {
        let Self { m, n, a, a_step, b, c, partners, .. } = *self;
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
                changed(products, partners, place, |other| V::load(other)).store(c.add(place));
            }
            for i in (2 * whole..m).step_by(2) {
                let (place, products) = (i * n, products(factors(i, (i + 1).min(m - 1))));
                let mask = V::mask((2 * n).min(m * n - place));
                let changed = changed(products, partners, place, |other| V::load_masked(other, mask));
                changed.store_masked(c.add(place), mask);
            }
        }
    }

    /// The columns from `j` on that so many vectors hold: of a single one there may be fewer.
    #[inline(always)]
    unsafe fn columns<V: Vector<T>, const VECTORS: usize>(&self, j: usize) {
        let Self { m, n, a, a_step, b, c, c_row, partners } = *self;
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
                    changed(products, partners, place, |other| V::load(other)).store(c.add(place));
                }
            }
            for i in whole..m {
                let place = i * c_row + j;
                let products = V::splat(*a.add(i * a_step)).mul_add(row[0], V::splat(T::number(0.0)));
                changed(products, partners, place, |other| V::load_masked(other, mask))
                    .store_masked(c.add(place), mask);
            }
        }
    }
}

/// Products from some place of the result on, or what becomes of them and their partners, which are read by `load`.
///
/// # Safety
/// The machine has the instruction set of `V`.
#[inline(always)]
unsafe fn changed<T: Element, V: Vector<T>>(
    products: V,
    partners: Option<Partners<T>>,
    place: usize,
    load: impl Fn(*const T) -> V,
) -> V {
    match partners {
        // SAFETY: the caller's promise.
        Some(Partners { rule, first }) => unsafe { rule.of(products, load(first.add(place))) },
        None => products,
    }
}
