//! Leaves that are seldom others from run to run, so that kernels keep what they made of them.

use super::given::Given;
use crate::ir::Id;
use crate::mapped::mapped;
use crate::scalar::Float;
use crate::tensor::storage::Identity;

/// Which numbers such leaves had in the last run.
pub(super) struct Lasting {
    leaves: Vec<Id>,
    seen: Vec<Identity>,
    /// For each leaf of the graph: of those that are not lasting nobody asks.
    unchanged: Vec<bool>,
    /// Whether the last run came to its end: what one that panicked has left is nobody's.
    complete: bool,
}

impl Lasting {
    /// These leaves of a graph that has `count`.
    pub(super) fn new(leaves: &[Id], count: usize) -> Self {
        Self {
            leaves: leaves.to_vec(),
            seen: mapped(leaves, |_| Identity::NONE),
            unchanged: vec![false; count],
            complete: false,
        }
    }

    pub(super) fn leaves(&self) -> &[Id] {
        &self.leaves
    }

    /// A run begins. Gives for each leaf whether it is that of the last one.
    pub(super) fn begin<T: Float>(&mut self, leaves: Given<'_, T>) -> &[bool] {
        let complete = std::mem::take(&mut self.complete);
        for (leaf, seen) in self.leaves.iter().zip(&self.seen) {
            self.unchanged[leaf.index()] = complete && seen.is(leaves.get(leaf.index()));
        }
        &self.unchanged
    }

    /// The run has come to its end.
    pub(super) fn end<T: Float>(&mut self, leaves: Given<'_, T>) {
        for (leaf, seen) in self.leaves.iter().zip(&mut self.seen) {
            if !seen.is(leaves.get(leaf.index())) {
                *seen = leaves.get(leaf.index()).identity();
            }
        }
        self.complete = true;
    }
}
