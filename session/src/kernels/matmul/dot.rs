//! The product of two vectors.

use super::super::vector::{Body, Element, Vector};
use super::After;
use super::partners::Partners;

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
        let Self { k, a, x, x_step, c, after: After { bias, activation, partners } } = self;
        // SAFETY: the caller's promise.
        unsafe {
            // The usual distance as a constant: so the compiler unrolls the loop, which leaves more room for what comes next.
            let mut sum = if x_step == 1 { chain::<T, V>(k, a, x, 1) } else { chain::<T, V>(k, a, x, x_step) };
            if !bias.is_null() {
                sum = sum.add(V::splat(*bias));
            }
            if let Some(Partners { rule, first }) = partners {
                sum = rule.of(sum, V::splat(*first));
            }
            if let Some(activation) = activation {
                [sum] = activation.of([sum]);
            }
            *c = first_lane(sum);
        }
    }
}

/// The terms one after the other.
#[inline(always)]
unsafe fn chain<T: Element, V: Vector<T>>(k: usize, a: *const T, x: *const T, x_step: usize) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sum = V::splat(T::number(0.0));
        for p in 0..k {
            sum = V::splat(*a.add(p)).mul_add(V::splat(*x.add(p * x_step)), sum);
        }
        sum
    }
}

/// Not by a masked store: what that has written is read late.
#[inline(always)]
pub(super) unsafe fn first_lane<T: Element, V: Vector<T>>(vector: V) -> T {
    // SAFETY: vectors are of `T`.
    unsafe { (&raw const vector).cast::<T>().read() }
}
