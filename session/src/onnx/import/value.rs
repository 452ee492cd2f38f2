//! What a name stands for while a model is read.

use std::rc::Rc;

use crate::ir::{DynShape, Id, NatId};

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Numbers.
    Tensor(Id),
    /// Whole numbers that are known: shapes, axes, and captured indices.
    Whole(DynShape, Rc<[i64]>),
    /// Indices that are given in a run.
    Natural(NatId),
    /// Such indices, with 0 in the place of those that are not below a size.
    Guarded(NatId, usize),
    /// Such indices with a last axis of size 1.
    Column(NatId),
    /// Rows at such indices: those at an index that is not below the size are yet to be chosen away.
    Rows { rows: Id, indices: NatId, size: usize },
    /// Where something holds.
    Truth(Truth),
}

/// A condition, kept as it was asked for until it is seen what it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Truth {
    /// Known.
    Known(DynShape, Rc<[bool]>),
    /// `a > b`.
    Greater(Id, Id),
    /// `a <= b`.
    AtMost(Id, Id),
    /// The indices are not negative, which they never are.
    Natural(NatId),
    /// The indices are below a size, with a last axis of size 1 or without.
    Below { indices: NatId, size: usize, column: bool },
    /// The position along a new last axis of this size is the index.
    AtIndex(NatId, usize),
    /// The numbers are not 0, with new axes up to this rank: between `[B, K]` if they are spread, else before all.
    Nonzero { mask: NatId, rank: usize, spread: bool },
    /// All hold.
    All(Vec<Truth>),
}

/// The most parts of a condition: a mask has three.
const MAX_PARTS: usize = 16;

impl Truth {
    /// Both, without what always holds.
    pub(super) fn and(self, other: Self) -> Result<Self, String> {
        let mut all = Vec::new();
        for truth in [self, other] {
            match truth {
                Self::All(parts) => all.extend(parts),
                truth => all.push(truth),
            }
        }
        let below =
            |indices: NatId| all.iter().any(|part| matches!(part, Self::Below { indices: i, .. } if *i == indices));
        let needed: Vec<bool> =
            all.iter().map(|part| !matches!(part, Self::Natural(indices) if below(*indices))).collect();
        let mut needed = needed.into_iter();
        all.retain(|_| needed.next().expect("one for each"));
        if all.len() > MAX_PARTS {
            return Err(format!("a condition of {} parts; {MAX_PARTS} are read", all.len()));
        }
        Ok(if all.len() == 1 { all.swap_remove(0) } else { Self::All(all) })
    }
}
