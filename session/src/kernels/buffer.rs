//! Aligned memory.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// The alignment of every buffer: a cache line, and the widest vector.
const ALIGNMENT: usize = 64;
/// The size of a huge page, and the alignment of buffers that fill one.
const HUGE_PAGE: usize = 1 << 21;

/// Owned memory for `length` elements, all of them initialised: aligned to 64 bytes, and to huge pages
/// where it fills one. Dereferences to a slice.
pub struct Buffer<T> {
    start: NonNull<T>,
    length: usize,
}

impl<T: Copy> Buffer<T> {
    /// `length` elements, all of them `value`.
    pub fn filled(length: usize, value: T) -> Self {
        if Self::layout(length).size() == 0 {
            // Never read or written, so any aligned address does.
            return Self { start: NonNull::dangling(), length };
        }
        let layout = Self::layout(length);
        // SAFETY: the size of the layout is not 0.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }.cast::<T>()) else { handle_alloc_error(layout) };
        advise_huge_pages(start.as_ptr().cast(), layout.size());
        for i in 0..length {
            // SAFETY: `i` is inside the allocation.
            unsafe { start.add(i).write(value) }
        }
        Self { start, length }
    }

    fn layout(length: usize) -> Layout {
        let size = length.checked_mul(size_of::<T>()).expect("a buffer fits the address space");
        let alignment = if size >= HUGE_PAGE { HUGE_PAGE } else { ALIGNMENT };
        Layout::from_size_align(size, alignment.max(align_of::<T>())).expect("a buffer fits the address space")
    }
}

impl<T: Copy + Default> Buffer<T> {
    /// `length` elements of the default value: zeros.
    pub fn zeros(length: usize) -> Self {
        Self::filled(length, T::default())
    }

    /// A copy of `values`.
    pub fn from_slice(values: &[T]) -> Self {
        let mut buffer = Self::zeros(values.len());
        buffer.copy_from_slice(values);
        buffer
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `length` initialised elements, borrowed with self.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `length` initialised elements, borrowed with self.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

impl<T: Copy + Default> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self::from_slice(self)
    }
}

impl<T: fmt::Debug> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> Drop for Buffer<T> {
    fn drop(&mut self) {
        let size = self.length * size_of::<T>();
        let alignment = if size >= HUGE_PAGE { HUGE_PAGE } else { ALIGNMENT }.max(align_of::<T>());
        if size > 0 {
            // SAFETY: allocated in `filled` with this size and alignment, which were valid there.
            unsafe { dealloc(self.start.as_ptr().cast(), Layout::from_size_align_unchecked(size, alignment)) }
        }
    }
}

// SAFETY: a buffer owns its elements.
unsafe impl<T: Send> Send for Buffer<T> {}
// SAFETY: a shared reference to a buffer gives only shared references to elements.
unsafe impl<T: Sync> Sync for Buffer<T> {}

/// Large memory is faster in huge pages. This is a hint: what it answers does not matter.
#[cfg(target_os = "linux")]
fn advise_huge_pages(start: *mut u8, size: usize) {
    const MADV_HUGEPAGE: i32 = 14;
    unsafe extern "C" {
        fn madvise(start: *mut u8, size: usize, advice: i32) -> i32;
    }
    if size >= HUGE_PAGE {
        // SAFETY: the range is one allocation, and the advice changes no contents.
        unsafe { madvise(start, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn advise_huge_pages(_: *mut u8, _: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_and_zero() {
        for length in [0, 1, 17, 1 << 19, (1 << 19) + 3] {
            let buffer = Buffer::<f32>::zeros(length);
            assert_eq!(buffer.len(), length);
            assert!(buffer.iter().all(|x| x.to_bits() == 0));
            let alignment = if length * 4 >= HUGE_PAGE { HUGE_PAGE } else { ALIGNMENT };
            assert!(length == 0 || buffer.as_ptr().addr().is_multiple_of(alignment));
        }
    }
}
