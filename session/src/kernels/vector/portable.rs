//! Vectors as arrays, for any machine.

use super::{Body, Element, Vector};

/// `LANES` numbers.
#[derive(Clone, Copy)]
pub struct Array<T, const LANES: usize>([T; LANES]);

impl<T: Element, const LANES: usize> Vector<T> for Array<T, LANES> {
    const LANES: usize = LANES;
    // Small tiles: here the products take the time, not the loads.
    const REGISTERS: usize = 6;
    // Here other machines have better: of these, x86 without fused multiply-add is left, from before 2013.
    const PLAIN: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    type Mask = usize;

    #[inline(never)]
    unsafe fn apply<B: Body<T>>(body: B) -> B::Output {
        // SAFETY: arrays need no instruction set; the rest is the caller's promise.
        unsafe { body.run::<Self>() }
    }
    #[inline(always)]
    unsafe fn splat(value: T) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    unsafe fn mask(count: usize) -> usize {
        count
    }
    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller's promise; an array has the alignment of its element.
        unsafe { Self(from.cast::<[T; LANES]>().read()) }
    }
    #[inline(always)]
    unsafe fn load_masked(from: *const T, mask: usize) -> Self {
        let mut lanes = [T::literal(0.0); LANES];
        for (lane, value) in lanes.iter_mut().enumerate().take(mask) {
            // SAFETY: the caller's promise for the lanes of the mask.
            *value = unsafe { from.add(lane).read() };
        }
        Self(lanes)
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller's promise; an array has the alignment of its element.
        unsafe { to.cast::<[T; LANES]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, to: *mut T, mask: usize) {
        for (lane, value) in self.0.into_iter().enumerate().take(mask) {
            // SAFETY: the caller's promise for the lanes of the mask.
            unsafe { to.add(lane).write(value) }
        }
    }
    #[inline(always)]
    unsafe fn add(mut self, other: Self) -> Self {
        for (lane, other) in self.0.iter_mut().zip(other.0) {
            *lane = *lane + other;
        }
        self
    }
    #[inline(always)]
    unsafe fn mul_add(mut self, factor: Self, addend: Self) -> Self {
        for i in 0..LANES {
            self.0[i] = self.0[i].mul_add(factor.0[i], addend.0[i]);
        }
        self
    }
    #[inline(always)]
    unsafe fn transpose(from: *const T, from_row: usize, to: *mut T, to_row: usize) {
        for i in 0..LANES {
            for j in 0..LANES {
                // SAFETY: the caller's promise for the square.
                unsafe { to.add(j * to_row + i).write(from.add(i * from_row + j).read()) }
            }
        }
    }
    #[inline(always)]
    unsafe fn prefetch(_: *const T) {}
}
