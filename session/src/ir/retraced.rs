//! Lists that are often made again as they were.

use std::hash::Hash;
use std::ops::Deref;

use super::KeyHasher;

/// A list, and the hash of each of its beginnings; dereferences to a slice.
///
/// What it had when it was cleared stays behind its end until something else comes: who finds there what would be
/// pushed next takes that, with its hash.
pub(super) struct Retraced<T> {
    items: Vec<T>,
    /// For each item the hash of the list up to it.
    hashes: Vec<KeyHasher>,
    /// How many of them are in the list.
    len: usize,
}

impl<T: Hash> Retraced<T> {
    /// Appends an item.
    pub(super) fn push(&mut self, item: T) {
        self.forget();
        self.hashes.push(self.hash());
        item.hash(&mut self.hashes[self.len]);
        self.items.push(item);
        self.len += 1;
    }
}

impl<T> Retraced<T> {
    /// What came next before the list was cleared.
    pub(super) fn next(&mut self) -> Option<&mut T> {
        self.items.get_mut(self.len)
    }

    /// Appends what came next before the list was cleared.
    pub(super) fn retrace(&mut self) {
        debug_assert!(self.len < self.items.len());
        self.len += 1;
    }

    /// Appends the item if it is what came next; says whether it is.
    pub(super) fn retraces(&mut self, item: &T) -> bool
    where
        T: PartialEq,
    {
        let known = self.next().is_some_and(|next| next == item);
        self.len += usize::from(known);
        known
    }

    /// The hash of the list.
    pub(super) fn hash(&self) -> KeyHasher {
        self.len.checked_sub(1).map_or_else(KeyHasher::default, |last| self.hashes[last])
    }

    /// Drops what is behind the end.
    pub(super) fn forget(&mut self) {
        self.items.truncate(self.len);
        self.hashes.truncate(self.len);
    }

    /// Drops all but the first `len` items.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.forget();
    }

    /// Empties the list, but keeps its items behind its end.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }
}

impl<T> Default for Retraced<T> {
    fn default() -> Self {
        Self { items: Vec::new(), hashes: Vec::new(), len: 0 }
    }
}

impl<T: Clone> Clone for Retraced<T> {
    fn clone(&self) -> Self {
        Self { items: self.to_vec(), hashes: self.hashes[..self.len].to_vec(), len: self.len }
    }
}

impl<T> Deref for Retraced<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..self.len]
    }
}
