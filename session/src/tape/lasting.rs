//! Leaves that are seldom others from run to run, so that kernels keep what they made of them.

use super::given::Given;
use crate::ir::Id;
use crate::mapped::mapped;
use crate::scalar::Float;
use crate::tensor::storage::Identity;

/// Which numbers such leaves had in the last run.
pub(super) struct Lasting {
    seen: Vec<(Id, Identity)>,
    /// For each leaf of the graph: of those that are not lasting nobody asks.
    unchanged: Vec<bool>,
    /// Whether the last run came to its end: what one that panicked has left is nobody's.
    complete: bool,
    /// Whether none was another in the last run.
    unmoved: bool,
}

impl Lasting {
    /// These leaves of a graph that has `count`.
    pub(super) fn new(leaves: &[Id], count: usize) -> Self {
        let seen = mapped(leaves, |&leaf| (leaf, Identity::NONE));
        Self { seen, unchanged: vec![false; count], complete: false, unmoved: false }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// A run begins. Gives for each leaf whether it is that of the last one.
    #[inline]
    pub(super) fn begin<T: Float>(&mut self, leaves: Given<'_, T>) -> &[bool] {
        let complete = std::mem::take(&mut self.complete);
        if complete && self.unmoved && leaves.are_settled() {
            return &self.unchanged;
        }
        self.unmoved = complete;
        for (leaf, seen) in &mut self.seen {
            let value = leaves.get(leaf.index());
            let is_same = seen.is(value);
            if !is_same {
                (*seen, self.unmoved) = (value.identity(), false);
            }
            self.unchanged[leaf.index()] = complete && is_same;
        }
        &self.unchanged
    }

    /// The run has come to its end.
    #[inline]
    pub(super) fn end(&mut self) {
        self.complete = true;
    }
}
