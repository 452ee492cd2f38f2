//! The one place that owns the numbers of a tensor.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

// Without weak references whether somebody shares the numbers is one load.
use triomphe::Arc;

use crate::kernels::Buffer;
use crate::scalar::Float;

/// A reference-counted, aligned buffer: clones share it, the first change of a shared one copies it.
pub(crate) struct Storage<T>(Arc<Numbers<T>>);

struct Numbers<T> {
    buffer: Buffer<T>,
    /// [`Identity`], once it was asked for: 0 before, and again when the numbers change.
    identity: AtomicU64,
}

impl<T> Clone for Storage<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Float> Clone for Numbers<T> {
    fn clone(&self) -> Self {
        Self::new(self.buffer.clone())
    }
}

impl<T> Numbers<T> {
    fn new(buffer: Buffer<T>) -> Self {
        Self { buffer, identity: AtomicU64::new(0) }
    }
}

/// Which numbers a storage had: a number that no other numbers ever have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(u64);

impl Identity {
    /// That of no storage.
    pub(crate) const NONE: Self = Self(0);

    /// Whether the storage has the same numbers.
    pub(crate) fn is<T>(self, storage: &Storage<T>) -> bool {
        self != Self::NONE && self.0 == storage.0.identity.load(Relaxed)
    }
}

impl<T: Float> Storage<T> {
    fn new(buffer: Buffer<T>) -> Self {
        Self(Arc::new(Numbers::new(buffer)))
    }

    /// To find out later whether another storage has the same numbers.
    pub(crate) fn identity(&self) -> Identity {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let own = &self.0.identity;
        match own.load(Relaxed) {
            0 => {
                let next = LAST.fetch_add(1, Relaxed) + 1;
                // Who asks at the same time may have been first.
                Identity(own.compare_exchange(0, next, Relaxed, Relaxed).map_or_else(|first| first, |_| next))
            }
            known => Identity(known),
        }
    }

    #[inline(never)]
    pub(crate) fn from_slice(data: &[T]) -> Self {
        Self::new(Buffer::from_slice(data))
    }

    /// Of one repeated number.
    #[inline(never)]
    pub(crate) fn full(length: usize, value: T) -> Self {
        Self::new(Buffer::filled(length, value))
    }

    #[inline(never)]
    pub(crate) fn from_vec(data: Vec<T>) -> Self {
        Self::from_slice(&data)
    }

    #[inline(never)]
    pub(crate) fn zeros(length: usize) -> Self {
        Self::new(Buffer::zeros(length))
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        &self.0.buffer
    }

    /// The numbers to change: copied first if another storage shares them.
    #[inline]
    pub(crate) fn make_mut(&mut self) -> &mut [T] {
        let Numbers { buffer, identity } = Arc::make_mut(&mut self.0);
        *identity.get_mut() = 0;
        buffer
    }

    /// Becomes another storage with the same numbers, for all who share them or know their identity.
    #[cfg(feature = "pjrt")]
    pub(crate) fn move_away(&mut self) {
        // As if to change them. Copies only what is shared.
        self.make_mut();
    }

    /// Shares the numbers of another one from now on. To find that it does already costs less than to count once more.
    pub(crate) fn share(&mut self, other: &Self) {
        if !self.is_same(other) {
            *self = other.clone();
        }
    }

    /// Whether it shares the numbers of another one.
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether no other storage shares the numbers.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        self.0.is_unique()
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
