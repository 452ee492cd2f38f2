//! AVX-512 and AVX2 with FMA.

use std::arch::x86_64::*;

use super::{Body, Vector};

/// The two forms of a masked load: the mask first (AVX-512) or last (AVX2).
macro_rules! load_masked {
    ($load:ident, $from:ident, $mask:ident, first) => {
        $load($mask, $from)
    };
    ($load:ident, $from:ident, $mask:ident, last) => {
        $load($from, $mask)
    };
}

/// What pools and gradients of weights need, in 512 bits: permutations of whole registers.
macro_rules! lanes_512 {
    () => {
        type Choice = __mmask16;

        #[inline(always)]
        unsafe fn loses_to(self, rival: Self) -> Self::Choice {
            // SAFETY: the caller's promise.
            unsafe { _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(rival, self) & _mm512_cmp_ps_mask::<_CMP_ORD_Q>(self, self) }
        }
        #[inline(always)]
        unsafe fn equals(self, other: Self) -> Self::Choice {
            // SAFETY: the caller's promise.
            unsafe { _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(self, other) }
        }
        #[inline(always)]
        unsafe fn choose(choice: Self::Choice, yes: Self, no: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_mask_blend_ps(choice, no, yes) }
        }
        #[inline(always)]
        unsafe fn unzip(self, next: Self) -> (Self, Self) {
            // SAFETY: the caller's promise.
            unsafe {
                let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
                let odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
                (_mm512_permutex2var_ps(self, even, next), _mm512_permutex2var_ps(self, odd, next))
            }
        }
        #[inline(always)]
        unsafe fn zip(self, odd: Self) -> (Self, Self) {
            // SAFETY: the caller's promise.
            unsafe {
                let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
                let high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
                (_mm512_permutex2var_ps(self, low, odd), _mm512_permutex2var_ps(self, high, odd))
            }
        }
        #[inline(always)]
        unsafe fn reorder(self) -> Self {
            self
        }
        #[inline(always)]
        unsafe fn load_twice(from: *const f32) -> Self {
            // SAFETY: the caller's promise for eight numbers.
            unsafe {
                let twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
                _mm512_permutexvar_ps(twice, _mm512_castps256_ps512(_mm256_loadu_ps(from)))
            }
        }
        #[inline(always)]
        unsafe fn splat_pair(from: *const f32) -> Self {
            // SAFETY: the caller's promise for two numbers.
            unsafe { _mm512_castpd_ps(_mm512_set1_pd(from.cast::<f64>().read_unaligned())) }
        }
    };
}

/// What pools need, in 256 bits: the halves of a register on their own, so that its middle quarters change places.
macro_rules! pools_256 {
    (
        $compare:ident $and:ident $blend:ident, unzip $even:expr, $odd:expr, zip $low:ident $high:ident,
        $register:ident $to_doubles:expr, $from_doubles:expr
    ) => {
        type Choice = $register;

        #[inline(always)]
        unsafe fn loses_to(self, rival: Self) -> Self::Choice {
            // SAFETY: the caller's promise.
            unsafe { $and($compare::<_CMP_NLE_UQ>(rival, self), $compare::<_CMP_ORD_Q>(self, self)) }
        }
        #[inline(always)]
        unsafe fn equals(self, other: Self) -> Self::Choice {
            // SAFETY: the caller's promise.
            unsafe { $compare::<_CMP_EQ_OQ>(self, other) }
        }
        #[inline(always)]
        unsafe fn choose(choice: Self::Choice, yes: Self, no: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { $blend(no, yes, choice) }
        }
        #[inline(always)]
        unsafe fn unzip(self, next: Self) -> (Self, Self) {
            // SAFETY: the caller's promise.
            unsafe { ($even(self, next), $odd(self, next)) }
        }
        #[inline(always)]
        unsafe fn zip(self, odd: Self) -> (Self, Self) {
            // SAFETY: the caller's promise.
            unsafe { ($low(self, odd), $high(self, odd)) }
        }
        #[inline(always)]
        unsafe fn reorder(self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { $from_doubles(_mm256_permute4x64_pd::<0b11_01_10_00>($to_doubles(self))) }
        }
    };
}

macro_rules! x86 {
    (
        $type:ident $register:ident $lanes:literal of $registers:literal: $features:literal,
        $splat:ident $load:ident $store:ident $add:ident $fma:ident,
        $minimum:ident $or:ident $xor:ident,
        mask $mask:ty = $count:ident => $make:expr, $load_masked:ident $order:ident $store_masked:ident,
        $transpose:ident, $pools:ident $operations:tt
    ) => {
        impl super::sealed::Sealed for $register {}

        impl Vector<$type> for $register {
            const LANES: usize = $lanes;
            const REGISTERS: usize = $registers;
            type Mask = $mask;
            $pools! $operations;

            #[inline(always)]
            unsafe fn apply<B: Body<$type>>(body: B) -> B::Output {
                #[target_feature(enable = $features)]
                #[inline(never)]
                fn compiled<B: Body<$type>>(body: B) -> B::Output {
                    // SAFETY: the features of this function; the rest is the caller's promise.
                    unsafe { body.run::<$register>() }
                }
                // SAFETY: the caller's promise.
                unsafe { compiled(body) }
            }
            #[inline(always)]
            unsafe fn splat(value: $type) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $splat(value) }
            }
            #[inline(always)]
            unsafe fn mask($count: usize) -> $mask {
                // SAFETY: the caller's promise; `count` is at most the number of lanes.
                #[allow(unused_unsafe)]
                unsafe {
                    $make
                }
            }
            #[inline(always)]
            unsafe fn load(from: *const $type) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $load(from) }
            }
            #[inline(always)]
            unsafe fn load_masked(from: *const $type, mask: $mask) -> Self {
                // SAFETY: the caller's promise; masked lanes are not read.
                unsafe { load_masked!($load_masked, from, mask, $order) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $type) {
                // SAFETY: the caller's promise.
                unsafe { $store(to, self) }
            }
            #[inline(always)]
            unsafe fn store_masked(self, to: *mut $type, mask: $mask) {
                // SAFETY: the caller's promise; masked lanes are not written.
                unsafe { $store_masked(to, mask, self) }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $add(self, other) }
            }
            #[inline(always)]
            unsafe fn greatest(self, other: Self) -> Self {
                // The maximum as in `math`, of numbers with their signs changed.
                // SAFETY: the caller's promise.
                unsafe {
                    let sign = $splat(-0.0);
                    let (a, b) = ($xor(self, sign), $xor(other, sign));
                    $xor($or($minimum(a, b), $minimum(b, a)), sign)
                }
            }
            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { $fma(self, factor, addend) }
            }
            #[inline(always)]
            unsafe fn transpose(columns: usize, from: *const $type, from_row: usize, to: *mut $type, to_row: usize) {
                // SAFETY: the caller's promise.
                unsafe { $transpose(columns, from, from_row, to, to_row) }
            }
            #[inline(always)]
            unsafe fn prefetch(address: *const $type) {
                // SAFETY: a prefetch of any address is allowed.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
            }
        }
    };
}

x86! {
    f32 __m512 16 of 32: "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma",
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_fmadd_ps,
    _mm512_min_ps _mm512_or_ps _mm512_xor_ps,
    mask __mmask16 = count => ((1u32 << count) - 1) as u16, _mm512_maskz_loadu_ps first _mm512_mask_storeu_ps,
    transpose_16, lanes_512()
}
x86! {
    f32 __m256 8 of 16: "avx2,fma",
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_fmadd_ps,
    _mm256_min_ps _mm256_or_ps _mm256_xor_ps,
    mask __m256i = count => _mm256_loadu_si256(MASKS_32.as_ptr().add(8 - count).cast()),
    _mm256_maskload_ps last _mm256_maskstore_ps,
    transpose_8,
    pools_256(
        _mm256_cmp_ps _mm256_and_ps _mm256_blendv_ps,
        unzip _mm256_shuffle_ps::<0b10_00_10_00>, _mm256_shuffle_ps::<0b11_01_11_01>,
        zip _mm256_unpacklo_ps _mm256_unpackhi_ps, __m256 _mm256_castps_pd, _mm256_castpd_ps
    )
}
x86! {
    f64 __m256d 4 of 16: "avx2,fma",
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_fmadd_pd,
    _mm256_min_pd _mm256_or_pd _mm256_xor_pd,
    mask __m256i = count => _mm256_loadu_si256(MASKS_64.as_ptr().add(4 - count).cast()),
    _mm256_maskload_pd last _mm256_maskstore_pd,
    transpose_4,
    pools_256(
        _mm256_cmp_pd _mm256_and_pd _mm256_blendv_pd, unzip _mm256_unpacklo_pd, _mm256_unpackhi_pd,
        zip _mm256_unpacklo_pd _mm256_unpackhi_pd, __m256d std::convert::identity, std::convert::identity
    )
}

/// Eight lanes from place `8 - count` are the mask of the first `count` lanes.
static MASKS_32: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
/// Four lanes from place `4 - count` are the mask of the first `count` lanes.
static MASKS_64: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

/// The transpose of 16 rows of 16, in columns of four: the quarters of a register are put together by loads, which leaves
/// the transposes of squares of four inside all quarters at once.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn transpose_16(columns: usize, from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
    for column in (0..columns).step_by(4) {
        // SAFETY: the caller's promise for the square.
        unsafe {
            let quarter = |row: usize| _mm_loadu_ps(from.add(row * from_row + column));
            let rows = |row: usize| {
                let first = _mm512_castps128_ps512(quarter(row));
                let two = _mm512_mask_broadcast_f32x4(first, 0x00f0, quarter(row + 4));
                let three = _mm512_mask_broadcast_f32x4(two, 0x0f00, quarter(row + 8));
                _mm512_mask_broadcast_f32x4(three, 0xf000, quarter(row + 12))
            };
            let (a, b, c, d) = (rows(0), rows(1), rows(2), rows(3));
            let pair = |x: __m512, y: __m512| (_mm512_castps_pd(x), _mm512_castps_pd(y));
            for (h, (x, y)) in [
                pair(_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d)),
                pair(_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d)),
            ]
            .into_iter()
            .enumerate()
            {
                let to = to.add((column + 2 * h) * to_row);
                _mm512_storeu_ps(to, _mm512_castpd_ps(_mm512_unpacklo_pd(x, y)));
                _mm512_storeu_ps(to.add(to_row), _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
            }
        }
    }
}

/// The transpose of 8 rows of 8 `f32`, in columns of four: the halves of a register are put together by loads, which leaves
/// the transposes of squares of four inside both halves at once.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn transpose_8(columns: usize, from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
    for column in (0..columns).step_by(4) {
        // SAFETY: the caller's promise for the square.
        unsafe {
            let half = |row: usize| _mm_loadu_ps(from.add(row * from_row + column));
            let rows = |row: usize| _mm256_set_m128(half(row + 4), half(row));
            let (a, b, c, d) = (rows(0), rows(1), rows(2), rows(3));
            let pair = |x: __m256, y: __m256| (_mm256_castps_pd(x), _mm256_castps_pd(y));
            for (h, (x, y)) in [
                pair(_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d)),
                pair(_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d)),
            ]
            .into_iter()
            .enumerate()
            {
                let to = to.add((column + 2 * h) * to_row);
                _mm256_storeu_ps(to, _mm256_castpd_ps(_mm256_unpacklo_pd(x, y)));
                _mm256_storeu_ps(to.add(to_row), _mm256_castpd_ps(_mm256_unpackhi_pd(x, y)));
            }
        }
    }
}

/// The transpose of 4 rows of 4 `f64`: pairs, then the halves of the registers.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn transpose_4(_: usize, from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
    // SAFETY: the caller's promise for the square.
    unsafe {
        let row = |i: usize| _mm256_loadu_pd(from.add(i * from_row));
        for h in 0..2 {
            let pair = |i: usize| {
                let (x, y) = (row(2 * i), row(2 * i + 1));
                if h == 0 { _mm256_unpacklo_pd(x, y) } else { _mm256_unpackhi_pd(x, y) }
            };
            let (x, y) = (pair(0), pair(1));
            _mm256_storeu_pd(to.add(h * to_row), _mm256_permute2f128_pd::<0x20>(x, y));
            _mm256_storeu_pd(to.add((2 + h) * to_row), _mm256_permute2f128_pd::<0x31>(x, y));
        }
    }
}
