//! The leaves of a run, wherever they lie.

use crate::kernels::Regions;
use crate::scalar::Float;
use crate::tensor::storage::Storage;

/// The leaves of a recording.
pub(crate) struct Own<'a, T> {
    pub(crate) values: &'a [Storage<T>],
    /// For each the number of the further leaf that is given for it, if one is. Those that are missing have none.
    pub(crate) same: &'a [Option<usize>],
    /// Whether all that are seldom others are those of the last run.
    pub(crate) are_settled: bool,
}

/// Leaves that come after those of a recording.
pub(crate) struct Further<'a, T> {
    pub(crate) values: &'a [Storage<T>],
    /// Those that are given in the place of some.
    pub(crate) leased: &'a [Option<Storage<T>>],
}

/// The leaves of a run.
pub(crate) struct Given<'a, T> {
    own: Own<'a, T>,
    further: Further<'a, T>,
}

impl<'a, T> Further<'a, T> {
    pub(crate) const NONE: Self = Self { values: &[], leased: &[] };

    #[inline]
    fn get(self, number: usize) -> &'a Storage<T> {
        match self.leased.get(number) {
            Some(Some(value)) => value,
            _ => &self.values[number],
        }
    }

    /// These after those of a recording.
    pub(crate) fn after<'b>(self, own: Own<'b, T>) -> Given<'b, T>
    where
        'a: 'b,
    {
        Given { own, further: self }
    }
}

impl<T> Clone for Own<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Own<'_, T> {}

impl<T> Clone for Further<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Further<'_, T> {}

impl<T> Clone for Given<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Given<'_, T> {}

impl<'a, T> From<&'a [Storage<T>]> for Given<'a, T> {
    fn from(values: &'a [Storage<T>]) -> Self {
        Further::NONE.after(Own { values, same: &[], are_settled: false })
    }
}

impl<'a, T: Float> Given<'a, T> {
    /// Adds all leaves, in order.
    #[inline(always)]
    pub(super) fn add_to(self, regions: &mut Regions<'a, T>) {
        let Self { own: Own { values, same, .. }, further } = self;
        let (known, others) = values.split_at(same.len().min(values.len()));
        regions.read_all(
            known.iter().zip(same).map(|(value, same)| same.map_or(value, |number| further.get(number)).as_slice()),
        );
        regions.read_all(others.iter().map(Storage::as_slice));
        let Further { values, leased } = further;
        let (known, others) = values.split_at(leased.len().min(values.len()));
        regions.read_all(known.iter().zip(leased).map(|(value, leased)| leased.as_ref().unwrap_or(value).as_slice()));
        regions.read_all(others.iter().map(Storage::as_slice));
    }

    /// Whether all leaves that are seldom others are those of the last run, for all that is known.
    #[inline]
    pub(super) fn are_settled(self) -> bool {
        self.own.are_settled
    }

    #[inline]
    pub(super) fn get(self, leaf: usize) -> &'a Storage<T> {
        let Own { values, same, .. } = self.own;
        match leaf.checked_sub(values.len()) {
            Some(number) => self.further.get(number),
            None => match same.get(leaf) {
                Some(Some(number)) => self.further.get(*number),
                _ => &values[leaf],
            },
        }
    }
}
