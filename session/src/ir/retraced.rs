//! Lists that are often made again as they were.

use std::hash::Hash;
use std::ops::Deref;

use super::KeyHasher;

/// A list, and the hash of each of its beginnings; dereferences to a slice.
///
/// What it had when it was cleared stays behind its end until something else comes: who finds there what would be
/// pushed next takes that, with its hash.
pub(super) struct Retraced<T> {
    /// Those in the list, those behind its end, and those that were there: memory to be written over.
    items: Vec<T>,
    /// For each item the hash of the list up to it.
    hashes: Vec<KeyHasher>,
    /// How many of them are in the list.
    len: usize,
    /// How many of them are in the list or came next before it was cleared.
    known: usize,
}

impl<T: Hash> Retraced<T> {
    /// Appends an item.
    pub(super) fn push(&mut self, item: T)
    where
        T: Copy,
    {
        *self.place(|| item) = item;
        self.append();
    }

    /// Appends what was written to the [`place`](Self::place) behind the end.
    #[inline]
    pub(super) fn append(&mut self) {
        self.hashes[self.len] = self.hash();
        self.items[self.len].hash(&mut self.hashes[self.len]);
        self.len += 1;
        self.forget();
    }
}

impl<T> Retraced<T> {
    /// The place behind the end, with any item in it; with what `blank` gives if there was no item.
    ///
    /// An item is written where it stays: it is large, and to copy what was just written in parts takes long.
    #[inline]
    pub(super) fn place(&mut self, blank: impl FnOnce() -> T) -> &mut T {
        if self.len == self.items.len() {
            self.items.push(blank());
            self.hashes.push(KeyHasher::default());
        }
        &mut self.items[self.len]
    }

    /// What came next before the list was cleared.
    pub(super) fn next(&mut self) -> Option<&mut T> {
        (self.len < self.known).then(|| &mut self.items[self.len])
    }

    /// Appends what came next before the list was cleared.
    pub(super) fn retrace(&mut self) {
        debug_assert!(self.len < self.known);
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

    /// Nothing is to come next of what is behind the end.
    pub(super) fn forget(&mut self) {
        self.known = self.len;
    }

    /// Removes all but the first `len` items.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.forget();
    }

    /// Empties the list, but keeps its items behind its end.
    pub(super) fn clear(&mut self) {
        self.items.truncate(self.known);
        self.hashes.truncate(self.known);
        self.len = 0;
    }
}

impl<T> Default for Retraced<T> {
    fn default() -> Self {
        Self { items: Vec::new(), hashes: Vec::new(), len: 0, known: 0 }
    }
}

impl<T: Clone> Clone for Retraced<T> {
    fn clone(&self) -> Self {
        Self { items: self.to_vec(), hashes: self.hashes[..self.len].to_vec(), len: self.len, known: self.len }
    }
}

impl<T> Deref for Retraced<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use crate::ir::{Data, DynShape, Graph, Id, NatId, Op, op};

    /// A small program: leaves, natural-number inputs, and operations with their operands.
    type Program = (&'static [&'static [usize]], &'static [usize], Vec<(Op, &'static [usize])>);

    /// Programs that have much in common, of which each tells something else apart.
    fn programs() -> Vec<Program> {
        let product = || Op::from(op::MatMul { transpose_a: false, transpose_b: false });
        let relu = || Op::from(op::Relu {});
        let rows = |natural: usize| Op::from(op::GatherRows { indices: NatId::new(natural) });
        let constant = |a: f64, b: f64| Op::from(op::Constant { shape: DynShape::new(&[2]), data: Data::new([a, b]) });
        let scaled = |factor: f64| Op::from(op::Scale { factor: factor.into() });
        vec![
            (&[&[2, 3], &[3, 4]], &[], vec![(product(), &[0, 1]), (relu(), &[2])]),
            (&[&[2, 5], &[5, 4]], &[], vec![(product(), &[0, 1]), (relu(), &[2])]),
            (&[&[2, 3], &[3, 7]], &[], vec![(product(), &[0, 1]), (relu(), &[2])]),
            (&[&[2, 3], &[3, 4]], &[], vec![(product(), &[0, 1]), (relu(), &[0]), (relu(), &[3])]),
            (&[&[2, 3], &[3, 4], &[2, 4]], &[], vec![(product(), &[0, 1]), (relu(), &[2])]),
            (&[&[2, 3]], &[], vec![(relu(), &[0]), (relu(), &[1])]),
            (&[&[2, 3], &[3, 4]], &[], vec![(relu(), &[0]), (relu(), &[1])]),
            (&[&[2, 3], &[3, 4]], &[], vec![]),
            (&[], &[], vec![(constant(1.0, 2.0), &[]), (relu(), &[0])]),
            (&[], &[], vec![(constant(1.0, 3.0), &[]), (relu(), &[0])]),
            (&[&[2, 3]], &[4], vec![(rows(0), &[0]), (relu(), &[1])]),
            (&[&[2, 3]], &[5], vec![(rows(0), &[0]), (relu(), &[1])]),
            (&[&[2, 3]], &[4, 5], vec![(rows(1), &[0]), (relu(), &[1])]),
            // There is no such input.
            (&[&[2, 3]], &[4], vec![(rows(1), &[0]), (relu(), &[0])]),
            (&[&[2, 3]], &[4], vec![(scaled(0.5), &[0]), (scaled(f64::NAN), &[1])]),
            (&[&[2, 3]], &[4], vec![(scaled(0.5), &[0]), (scaled(-0.5), &[1])]),
        ]
    }

    /// Records it; gives what came of each operation.
    fn record(graph: &mut Graph, (leaves, naturals, operations): &Program) -> Vec<String> {
        graph.clear();
        for sizes in *leaves {
            graph.leaf(DynShape::new(sizes));
        }
        for &size in *naturals {
            graph.natural(DynShape::new(&[size]));
        }
        let mut push = |(op, operands): &(Op, &[usize])| {
            let operands: Vec<Id> = operands.iter().map(|&operand| Id::new(operand)).collect();
            format!("{:?}", graph.push(op.clone(), &operands))
        };
        operations.iter().map(&mut push).collect()
    }

    #[test]
    fn what_was_recorded_before_changes_nothing() {
        let programs = programs();
        let mut graph = Graph::default();
        let count = programs.len();
        for triple in 0..count.pow(3) {
            let order = [triple / count / count, triple / count % count, triple % count];
            for program in order {
                let mut alone = Graph::default();
                let expected = record(&mut alone, &programs[program]);
                assert_eq!(record(&mut graph, &programs[program]), expected, "{program} of {order:?}");
                assert_eq!(graph, alone, "{program} of {order:?}");
                assert_eq!(graph.key().digest(), alone.key().digest(), "{program} of {order:?}");
                assert_eq!(graph.clone().key().digest(), alone.key().digest());
            }
        }
    }

    #[test]
    fn keys_tell_programs_apart_but_not_the_numbers_of_their_constants() {
        let programs = programs();
        let keys: Vec<u128> = programs
            .iter()
            .map(|program| {
                let mut graph = Graph::default();
                record(&mut graph, program);
                graph.key().digest()
            })
            .collect();
        for (a, key) in keys.iter().enumerate() {
            let equal: Vec<usize> = (0..keys.len()).filter(|&b| keys[b] == *key).collect();
            assert_eq!(equal, if a == 8 || a == 9 { vec![8, 9] } else { vec![a] });
        }
    }
}
