//! Which leaf of a recording stands for a parameter.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::State;
use crate::ir::{Id, KeyHasher};
use crate::param::Cell;
use crate::reference::Raw;
use crate::scalar::Float;

/// The first leaf of each parameter, by the address of its cell, which the recording keeps.
///
/// It follows the list of used parameters only when it is asked, so that recordings without models do not pay for it.
#[derive(Default)]
pub(super) struct Bound {
    leaves: HashMap<usize, Id, BuildHasherDefault<KeyHasher>>,
    /// How many used parameters it knows.
    known: usize,
}

impl Bound {
    /// Forgets everything but keeps the memory.
    pub(super) fn clear(&mut self) {
        self.leaves.clear();
        self.known = 0;
    }
}

impl<T: Float> State<T> {
    /// The first leaf of this recording that is the parameter.
    pub(super) fn bound_leaf(&mut self, cell: &Arc<Cell<T>>) -> Option<Raw> {
        let address = |cell: &Arc<Cell<T>>| Arc::as_ptr(cell).addr();
        let Bound { leaves, known } = &mut self.bound;
        for (leaf, cell) in &self.used[*known..] {
            leaves.entry(address(cell)).or_insert(*leaf);
        }
        *known = self.used.len();
        leaves.get(&address(cell)).map(|leaf| Raw::new(leaf.index(), self.stamp))
    }
}
