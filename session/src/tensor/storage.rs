//! The one place that owns the numbers of a tensor.

use std::sync::{Arc, Weak};

use crate::kernels::Buffer;
use crate::scalar::Float;

/// A reference-counted, aligned buffer: clones share it, the first change of a shared one copies it.
pub(crate) struct Storage<T>(Arc<Buffer<T>>);

impl<T> Clone for Storage<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Which numbers a storage had: neither kept alive nor changed as long as it is the same.
pub(crate) struct Identity<T>(Weak<Buffer<T>>);

impl<T> Identity<T> {
    /// That of no storage.
    pub(crate) const NONE: Self = Self(Weak::new());

    /// Whether the storage has the same numbers: who changes those of a storage whose identity somebody knows, moves them.
    pub(crate) fn is(&self, storage: &Storage<T>) -> bool {
        std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(&storage.0))
    }
}

impl<T: Float> Storage<T> {
    /// To find out later whether another storage has the same numbers.
    pub(crate) fn identity(&self) -> Identity<T> {
        Identity(Arc::downgrade(&self.0))
    }

    #[inline(never)]
    pub(crate) fn from_slice(data: &[T]) -> Self {
        Self(Arc::new(Buffer::from_slice(data)))
    }

    /// Of one repeated number.
    #[inline(never)]
    pub(crate) fn full(length: usize, value: T) -> Self {
        Self(Arc::new(Buffer::filled(length, value)))
    }

    #[inline(never)]
    pub(crate) fn from_vec(data: Vec<T>) -> Self {
        Self::from_slice(&data)
    }

    #[inline(never)]
    pub(crate) fn zeros(length: usize) -> Self {
        Self(Arc::new(Buffer::zeros(length)))
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The numbers to change: copied first if another storage shares them.
    #[inline(never)]
    pub(crate) fn make_mut(&mut self) -> &mut [T] {
        Arc::<Buffer<T>>::make_mut(&mut self.0)
    }

    /// Becomes another storage with the same numbers, for all who share them or know their identity.
    #[cfg(feature = "pjrt")]
    pub(crate) fn move_away(&mut self) {
        // As if to change them. Copies only what is shared.
        self.make_mut();
    }

    /// Whether it shares the numbers of another one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether no other storage shares the numbers.
    pub(crate) fn is_unique(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// The numbers as a vector.
    #[inline(never)]
    pub(crate) fn into_vec(self) -> Vec<T> {
        self.as_slice().to_vec()
    }
}

impl<T: Float> AsRef<[T]> for Storage<T> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Float> AsMut<[T]> for Storage<T> {
    fn as_mut(&mut self) -> &mut [T] {
        self.make_mut()
    }
}
