//! Vectors of an instruction set, as one trait, so that each kernel is written once.

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::math;

mod sealed {
    /// Kernels trust what an implementation says about its lanes and registers, so there are no others.
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number that the kernels compute with, and its vectors on each instruction set.
///
/// The names of its functions are not those of the definition's scalars, so that both can be asked for at once.
pub trait Element:
    sealed::Sealed
    + Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + PartialOrd
    + Default
    + Debug
    + Send
    + Sync
    + 'static
{
    /// 512 bits for `f32`. For `f64` 256: more would add half to the time that kernels take to compile, and matrix
    /// products were faster by a tenth at most where this was measured.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Vector<Self>;
    /// 256 bits.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Vector<Self>;
    /// 128 bits.
    #[cfg(target_arch = "aarch64")]
    type Neon: Vector<Self>;

    /// A plain number, rounded once.
    fn number(value: f64) -> Self;
    /// Whether it is NaN.
    fn is_nan(self) -> bool;
    /// [`exp`](math::f32::exp).
    fn exponential(self) -> Self;
    /// [`ln`](math::f32::ln).
    fn logarithm(self) -> Self;
    /// [`tanh`](math::f32::tanh).
    fn hyperbolic_tangent(self) -> Self;
    /// [`sigmoid`](math::f32::sigmoid).
    fn logistic(self) -> Self;
    /// [`maximum`](math::f32::maximum).
    fn greatest(self, other: Self) -> Self;
}

macro_rules! element {
    ($($type:ident: $avx512:ident $avx2:ident $neon:ident;)*) => {$(
        impl Element for $type {
            #[cfg(target_arch = "x86_64")]
            type Avx512 = std::arch::x86_64::$avx512;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = std::arch::x86_64::$avx2;
            #[cfg(target_arch = "aarch64")]
            type Neon = std::arch::aarch64::$neon;

            #[inline(always)]
            fn number(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $type::is_nan(self)
            }
            #[inline(always)]
            fn exponential(self) -> Self {
                math::$type::exp(self)
            }
            #[inline(always)]
            fn logarithm(self) -> Self {
                math::$type::ln(self)
            }
            #[inline(always)]
            fn hyperbolic_tangent(self) -> Self {
                math::$type::tanh(self)
            }
            #[inline(always)]
            fn logistic(self) -> Self {
                math::$type::sigmoid(self)
            }
            #[inline(always)]
            fn greatest(self, other: Self) -> Self {
                math::$type::maximum(self, other)
            }
        }
    )*};
}

element! {
    f32: __m512 __m256 float32x4_t;
    f64: __m256d __m256d float64x2_t;
}

/// Code that is compiled once for each instruction set.
pub trait Body<T: Element> {
    /// What it gives.
    type Output;
    /// Whether vectors of 512 bits are worth the time that code for them takes to compile: where arithmetic decides,
    /// not memory. Other code is as fast with half of them, or faster.
    const WIDEST: bool = false;

    /// The code, on vectors `V`. Implementations are `#[inline(always)]`: code keeps the
    /// instruction set only where it is inlined into [`Vector::apply`].
    ///
    /// # Safety
    /// The machine has the instruction set of `V`; further conditions are those of the body.
    unsafe fn run<V: Vector<T>>(self) -> Self::Output;
}

/// The most lanes of a vector.
pub(crate) const MAX_LANES: usize = 16;

/// A vector register of some instruction set.
///
/// # Safety
/// Of every function: the machine has that instruction set; pointers are valid for the elements
/// that are read or written. No alignment is needed.
#[allow(clippy::missing_safety_doc)]
pub trait Vector<T: Element>: sealed::Sealed + Copy {
    /// The number of elements.
    const LANES: usize;
    /// The number of registers.
    const REGISTERS: usize;
    /// A number of leading lanes, in the form that masked instructions take.
    type Mask: Copy;
    /// Any lanes, in the form that comparisons give.
    type Choice: Copy;

    /// Runs `body` compiled for the instruction set, as a function of its own.
    unsafe fn apply<B: Body<T>>(body: B) -> B::Output;
    /// All lanes `value`.
    unsafe fn splat(value: T) -> Self;
    /// The mask of the first `count` lanes.
    unsafe fn mask(count: usize) -> Self::Mask;
    /// All lanes from memory.
    unsafe fn load(from: *const T) -> Self;
    /// The lanes of `mask` from memory, zero in the others, which are not read.
    unsafe fn load_masked(from: *const T, mask: Self::Mask) -> Self;
    /// All lanes to memory.
    unsafe fn store(self, to: *mut T);
    /// The lanes of `mask` to memory.
    unsafe fn store_masked(self, to: *mut T, mask: Self::Mask);
    /// Lane by lane, rounded once.
    unsafe fn add(self, other: Self) -> Self;
    /// Lane by lane [`Element::greatest`].
    unsafe fn greatest(self, other: Self) -> Self;
    /// Lane by lane `self * factor + addend`, rounded once.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// The lanes in which `rival` comes after `self` as the winner of a pool: it is larger, or the first NaN.
    unsafe fn loses_to(self, rival: Self) -> Self::Choice;
    /// The lanes with equal numbers.
    unsafe fn equals(self, other: Self) -> Self::Choice;
    /// `yes` in the lanes of `choice`, `no` in the others.
    unsafe fn choose(choice: Self::Choice, yes: Self, no: Self) -> Self;
    /// `self` where `x` is positive or NaN, else `+0`.
    #[inline(always)]
    unsafe fn gated_by(self, x: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let zero = Self::splat(T::number(0.0));
            Self::choose(zero.loses_to(x), self, zero)
        }
    }
    /// The elements at even and at odd places of `self` and then `next`, in an order that [`reorder`](Self::reorder)
    /// undoes.
    unsafe fn unzip(self, next: Self) -> (Self, Self);
    /// The inverse of [`unzip`](Self::unzip).
    unsafe fn zip(self, odd: Self) -> (Self, Self);
    /// From the order of memory to that of [`unzip`](Self::unzip), and back.
    unsafe fn reorder(self) -> Self;
    /// Transposes columns of a square of `LANES` rows: `to[j * to_row + i] = from[i * from_row + j]`. They are a multiple
    /// of four, or all.
    unsafe fn transpose(columns: usize, from: *const T, from_row: usize, to: *mut T, to_row: usize);
    /// Half as many numbers as there are lanes from memory, each twice in a row.
    #[inline(always)]
    unsafe fn load_twice(from: *const T) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::load(std::array::from_fn::<T, MAX_LANES, _>(|lane| *from.add(lane % Self::LANES / 2)).as_ptr()) }
    }
    /// Two neighbouring numbers from memory in turns.
    #[inline(always)]
    unsafe fn splat_pair(from: *const T) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::load(std::array::from_fn::<T, MAX_LANES, _>(|lane| *from.add(lane % 2)).as_ptr()) }
    }
    /// Asks for the line at `address` to be in the nearest cache. Any address is allowed.
    unsafe fn prefetch(address: *const T);
}
