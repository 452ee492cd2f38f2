//! The product of two vectors.

use super::super::vector::{Body, Element, Vector};
use super::After;
use super::update::Update;

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
            let term = |p: usize, sum: V| V::splat(*a.add(p)).mul_add(V::splat(*x.add(p * x_step)), sum);
            let mut p = 0;
            // Four at once: each waits for the one before, but the rest of a loop takes room from what could go on.
            while p + 4 <= k {
                sum = term(p + 3, term(p + 2, term(p + 1, term(p, sum))));
                p += 4;
            }
            for p in p..k {
                sum = term(p, sum);
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
pub(super) unsafe fn first_lane<T: Element, V: Vector<T>>(vector: V) -> T {
    // SAFETY: vectors are of `T`.
    unsafe { (&raw const vector).cast::<T>().read() }
}
