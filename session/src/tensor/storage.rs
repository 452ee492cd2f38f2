//! The one place that owns the numbers of a tensor.

use std::sync::Arc;

/// A reference-counted buffer: clones share it, the first change of a shared one copies it.
#[derive(Clone)]
pub(crate) struct Storage<T>(Arc<Vec<T>>);

impl<T: Clone> Storage<T> {
    pub(crate) fn from_vec(data: Vec<T>) -> Self {
        Self(Arc::new(data))
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The numbers to change: copied first if another storage shares them.
    pub(crate) fn make_mut(&mut self) -> &mut [T] {
        Arc::<Vec<T>>::make_mut(&mut self.0)
    }

    /// The numbers as a vector: moved if nothing else shares them, else copied.
    pub(crate) fn into_vec(self) -> Vec<T> {
        Arc::try_unwrap(self.0).unwrap_or_else(|shared| shared.to_vec())
    }
}
