//! NEON. Every aarch64 machine of Rust's targets has it.

use std::arch::aarch64::*;

use super::{Body, Vector};

macro_rules! neon {
    (
        $type:ident $register:ident $lanes:literal $dup:ident $load:ident $store:ident $add:ident $max:ident $fma:ident,
        $choice:ident $and_not:ident $equal:ident $no_more:ident $choose:ident,
        unzip $even:ident $odd:ident zip $low:ident $high:ident
    ) => {
        impl super::sealed::Sealed for $register {}

        impl Vector<$type> for $register {
            const LANES: usize = $lanes;
            const REGISTERS: usize = 32;
            type Mask = usize;
            type Choice = $choice;

            #[inline(never)]
            unsafe fn apply<B: Body<$type>>(body: B) -> B::Output {
                // SAFETY: every aarch64 target has NEON; the rest is the caller's promise.
                unsafe { body.run::<Self>() }
            }
            #[inline(always)]
            unsafe fn splat(value: $type) -> Self {
                // SAFETY: NEON is there.
                unsafe { $dup(value) }
            }
            #[inline(always)]
            unsafe fn mask(count: usize) -> usize {
                count
            }
            #[inline(always)]
            unsafe fn load(from: *const $type) -> Self {
                // SAFETY: NEON is there; the caller's promise for the memory.
                unsafe { $load(from) }
            }
            #[inline(always)]
            unsafe fn load_masked(from: *const $type, mask: usize) -> Self {
                let mut lanes = [0.0; $lanes];
                for (lane, value) in lanes.iter_mut().enumerate().take(mask) {
                    // SAFETY: the caller's promise for the lanes of the mask.
                    *value = unsafe { from.add(lane).read() };
                }
                // SAFETY: NEON is there; the array has all lanes.
                unsafe { $load(lanes.as_ptr()) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $type) {
                // SAFETY: NEON is there; the caller's promise for the memory.
                unsafe { $store(to, self) }
            }
            #[inline(always)]
            unsafe fn store_masked(self, to: *mut $type, mask: usize) {
                let mut lanes = [0.0; $lanes];
                // SAFETY: NEON is there; the array has all lanes; the caller's promise for the
                // lanes of the mask.
                unsafe {
                    $store(lanes.as_mut_ptr(), self);
                    for (lane, value) in lanes.into_iter().enumerate().take(mask) {
                        to.add(lane).write(value);
                    }
                }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: NEON is there.
                unsafe { $add(self, other) }
            }
            #[inline(always)]
            unsafe fn greatest(self, other: Self) -> Self {
                // SAFETY: NEON is there.
                unsafe { $max(self, other) }
            }
            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
                // SAFETY: NEON is there.
                unsafe { $fma(addend, self, factor) }
            }
            #[inline(always)]
            unsafe fn loses_to(self, rival: Self) -> $choice {
                // SAFETY: NEON is there.
                unsafe { $and_not($equal(self, self), $no_more(rival, self)) }
            }
            #[inline(always)]
            unsafe fn equals(self, other: Self) -> $choice {
                // SAFETY: NEON is there.
                unsafe { $equal(self, other) }
            }
            #[inline(always)]
            unsafe fn choose(choice: $choice, yes: Self, no: Self) -> Self {
                // SAFETY: NEON is there.
                unsafe { $choose(choice, yes, no) }
            }
            #[inline(always)]
            unsafe fn unzip(self, next: Self) -> (Self, Self) {
                // SAFETY: NEON is there.
                unsafe { ($even(self, next), $odd(self, next)) }
            }
            #[inline(always)]
            unsafe fn zip(self, odd: Self) -> (Self, Self) {
                // SAFETY: NEON is there.
                unsafe { ($low(self, odd), $high(self, odd)) }
            }
            #[inline(always)]
            unsafe fn reorder(self) -> Self {
                self
            }
            #[inline(always)]
            unsafe fn transpose(columns: usize, from: *const $type, from_row: usize, to: *mut $type, to_row: usize) {
                for i in 0..$lanes {
                    for j in 0..columns {
                        // SAFETY: the caller's promise for the square.
                        unsafe { to.add(j * to_row + i).write(from.add(i * from_row + j).read()) }
                    }
                }
            }
            #[inline(always)]
            unsafe fn prefetch(_: *const $type) {}
        }
    };
}

neon! {
    f32 float32x4_t 4 vdupq_n_f32 vld1q_f32 vst1q_f32 vaddq_f32 vmaxq_f32 vfmaq_f32,
    uint32x4_t vbicq_u32 vceqq_f32 vcleq_f32 vbslq_f32, unzip vuzp1q_f32 vuzp2q_f32 zip vzip1q_f32 vzip2q_f32
}
neon! {
    f64 float64x2_t 2 vdupq_n_f64 vld1q_f64 vst1q_f64 vaddq_f64 vmaxq_f64 vfmaq_f64,
    uint64x2_t vbicq_u64 vceqq_f64 vcleq_f64 vbslq_f64, unzip vuzp1q_f64 vuzp2q_f64 zip vzip1q_f64 vzip2q_f64
}
