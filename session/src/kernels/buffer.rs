//! Aligned storage, and a pool that it returns to.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::collections::HashMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::scalar::Float;

/// The alignment of every buffer: a cache line, and the widest vector.
const ALIGNMENT: usize = 64;
/// The size of a huge page, and the alignment of buffers that fill one.
const HUGE_PAGE: usize = 1 << 21;

/// Owned memory for `length` elements, all of them initialised.
pub(super) struct Storage<T> {
    start: NonNull<T>,
    length: usize,
}

impl<T: Copy> Storage<T> {
    pub(super) fn filled(length: usize, value: T) -> Self {
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

impl<T> Storage<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        // SAFETY: `length` initialised elements, borrowed with self.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: `length` initialised elements, borrowed with self.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

impl<T> Drop for Storage<T> {
    fn drop(&mut self) {
        let size = self.length * size_of::<T>();
        let alignment = if size >= HUGE_PAGE { HUGE_PAGE } else { ALIGNMENT }.max(align_of::<T>());
        if size > 0 {
            // SAFETY: allocated in `filled` with this size and alignment, which were valid there.
            unsafe { dealloc(self.start.as_ptr().cast(), Layout::from_size_align_unchecked(size, alignment)) }
        }
    }
}

// SAFETY: storage owns its elements.
unsafe impl<T: Send> Send for Storage<T> {}
// SAFETY: a shared reference to storage gives only shared references to elements.
unsafe impl<T: Sync> Sync for Storage<T> {}

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

/// The values of one tensor: aligned to 64 bytes, and to huge pages where it fills one.
pub struct Buffer<T: Float> {
    storage: Storage<T>,
    pool: Weak<Shelves<T>>,
}

impl<T: Float> Buffer<T> {
    /// `length` zeros.
    pub fn zeros(length: usize) -> Self {
        Self { storage: Storage::filled(length, T::literal(0.0)), pool: Weak::new() }
    }

    /// A copy of `values`.
    pub fn from_slice(values: &[T]) -> Self {
        let mut buffer = Self::zeros(values.len());
        buffer.copy_from_slice(values);
        buffer
    }
}

impl<T: Float> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.storage.as_slice()
    }
}

impl<T: Float> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.storage.as_mut_slice()
    }
}

impl<T: Float> Clone for Buffer<T> {
    /// A copy, from the same pool if there is one.
    fn clone(&self) -> Self {
        let mut copy = match self.pool.upgrade() {
            Some(shelves) => Pool(shelves).take(self.len()),
            None => Self::zeros(self.len()),
        };
        copy.copy_from_slice(self);
        copy
    }
}

impl<T: Float> Drop for Buffer<T> {
    fn drop(&mut self) {
        if let Some(shelves) = self.pool.upgrade() {
            let length = self.storage.length;
            let empty = Storage { start: NonNull::dangling(), length: 0 };
            let storage = std::mem::replace(&mut self.storage, empty);
            lock(&shelves).entry(length).or_default().push(storage);
        }
    }
}

impl<T: Float> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.storage.as_slice().fmt(f)
    }
}

/// Free storage by length.
type Shelves<T> = Mutex<HashMap<usize, Vec<Storage<T>>>>;

fn lock<T>(shelves: &Shelves<T>) -> MutexGuard<'_, HashMap<usize, Vec<Storage<T>>>> {
    // Storage on the shelves is valid whatever a thread did when it panicked.
    shelves.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lends buffers that come back when they are dropped, so that work repeated on the same sizes
/// allocates nothing. Clones are the same pool.
pub struct Pool<T: Float>(Arc<Shelves<T>>);

impl<T: Float> Pool<T> {
    /// An empty pool.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// A buffer of `length` elements, whatever they were: a returned one if there is one.
    pub fn take(&self, length: usize) -> Buffer<T> {
        let free = lock(&self.0).get_mut(&length).and_then(Vec::pop);
        let storage = free.unwrap_or_else(|| Storage::filled(length, T::literal(0.0)));
        Buffer { storage, pool: Arc::downgrade(&self.0) }
    }
}

impl<T: Float> Default for Pool<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Float> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Float> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free: usize = lock(&self.0).values().map(Vec::len).sum();
        write!(f, "Pool({free} free)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_and_zero() {
        for length in [0, 1, 17, 1 << 19, (1 << 19) + 3] {
            let buffer = Buffer::<f32>::zeros(length);
            assert_eq!(buffer.len(), length);
            assert!(buffer.iter().all(|x| x.bits() == 0));
            let alignment = if length * 4 >= HUGE_PAGE { HUGE_PAGE } else { ALIGNMENT };
            assert!(length == 0 || buffer.as_ptr().addr().is_multiple_of(alignment));
        }
    }

    #[test]
    fn pool_lends_the_same_memory_again() {
        let pool = Pool::<f64>::new();
        let first = pool.take(10);
        let address = first.as_ptr();
        let second = pool.take(10);
        assert_ne!(second.as_ptr(), address);
        drop(first);
        assert_ne!(pool.take(11).as_ptr(), address);
        let again = pool.take(10);
        assert_eq!(again.as_ptr(), address);
        drop(pool);
        assert_eq!(again.clone().len(), 10);
    }
}
