//! The product of a vector, and a matrix with its rows in memory.

use super::super::InstructionSet;
use super::super::tile::{load_full_row, load_row};
use super::super::vector::{Body, Element, Vector};
use super::After;
use super::product::Matrix;

/// The most vectors of a row at once.
const AT_ONCE: usize = 4;

/// The most columns that a row computes at once.
#[inline(always)]
pub(super) fn columns_at_once<T: Element>(instruction_set: InstructionSet) -> usize {
    AT_ONCE * instruction_set.run::<T, _>(Lanes)
}

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

/// The product of a vector and a matrix with its rows in memory, of no more columns than [`columns_at_once`].
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
    pub(super) fn run_in_parts(self, instruction_set: InstructionSet, part: usize) {
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
            match (self.n.div_ceil(V::LANES), self.n.is_multiple_of(V::LANES)) {
                (1, _) => self.columns::<V, 1, false>(),
                (2, true) => self.columns::<V, 2, true>(),
                (2, false) => self.columns::<V, 2, false>(),
                (3, _) => self.columns::<V, 3, false>(),
                (_, true) => self.columns::<V, AT_ONCE, true>(),
                (_, false) => self.columns::<V, AT_ONCE, false>(),
            }
            if let Some(partners) = self.after.partners {
                partners.apply::<V>(1, self.n, self.c, 0);
            }
        }
    }
}

impl<T: Element> Row<T> {
    /// In so many vectors, of which the last one may have fewer columns, unless they are `WHOLE`.
    #[inline(always)]
    unsafe fn columns<V: Vector<T>, const VECTORS: usize, const WHOLE: bool>(&self) {
        let Self { n, k, x, x_step, b, c, after: After { bias, activation, .. } } = *self;
        let last = (VECTORS - 1) * V::LANES;
        // SAFETY: the caller's promise.
        unsafe {
            let mask = V::mask(n - last);
            let load = |from| if WHOLE { load_full_row(from) } else { load_row::<T, V, VECTORS>(from, mask) };
            let mut sums = [V::splat(T::number(0.0)); VECTORS];
            for p in 0..k {
                let (factor, row) = (V::splat(*x.add(p * x_step)), load(b.at(p, 0)));
                for i in 0..VECTORS {
                    sums[i] = factor.mul_add(row[i], sums[i]);
                }
            }
            if !bias.is_null() {
                let row = load(bias);
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

/// Stores the first `lanes` lanes of a vector, if it has so many: whole where it can be, which is read again sooner.
#[inline(always)]
unsafe fn store_lanes<T: Element, V: Vector<T>>(vector: V, to: *mut T, lanes: usize) {
    // SAFETY: the caller's promise.
    unsafe { if lanes >= V::LANES { vector.store(to) } else { vector.store_masked(to, V::mask(lanes)) } }
}
