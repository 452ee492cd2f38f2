//! Items with labels, given out in batches whose size is part of their type.

use std::marker::PhantomData;

use shapes::{Dim, Shape};

use super::Prepend;
use crate::error::Error;
use crate::random::Rng;
use crate::scalar::Float;
use crate::tensor::Tensor;
use crate::tensor::storage::Storage;

/// Items of shape `S`, each with a class as its label.
///
/// `torch.utils.data.TensorDataset` in PyTorch; [`batches`](Self::batches) is its `DataLoader`.
///
/// ```
/// use session::data::Dataset;
/// use session::shapes::Dim;
///
/// let points = Dataset::<f32, (Dim<2>,)>::new(vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0], vec![0, 1, 1]).unwrap();
/// for epoch in 0..3 {
///     for (x, labels) in points.batches::<2>(epoch) {
///         let _: session::tensor::Tensor<f32, (Dim<2>, Dim<2>)> = x;
///         assert_eq!(labels.len(), 2);
///     }
/// }
/// let counts: Vec<usize> = points.batches_padded::<2>().map(|(_, _, count)| count).collect();
/// assert_eq!(counts, [2, 1]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<T: Float, S: Shape> {
    items: Vec<T>,
    labels: Vec<usize>,
    shape: PhantomData<S>,
}

impl<T: Float, S: Shape> Dataset<T, S> {
    /// The data set of items one after another, each row-major, and one label for each.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there are `S::SIZE` numbers for each label.
    pub fn new(items: Vec<T>, labels: Vec<usize>) -> Result<Self, Error> {
        let (count, found) = (labels.len(), items.len());
        let expected = count.saturating_mul(S::SIZE);
        if found != expected {
            let what = format!("the data for {count} items of shape {:?}", S::DIMS);
            return Err(Error::LengthMismatch { what, expected, found });
        }
        Ok(Self { items, labels, shape: PhantomData })
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The label of every item.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// One item.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len).
    #[track_caller]
    pub fn item(&self, index: usize) -> Tensor<T, S> {
        assert!(index < self.len(), "item {index} of {} items", self.len());
        Tensor::from_storage(Storage::from_slice(self.numbers(index)))
    }

    /// The first items, at most `count`: a smaller set to try things with.
    pub fn truncated(mut self, count: usize) -> Self {
        self.labels.truncate(count);
        self.items.truncate(count.saturating_mul(S::SIZE));
        self
    }

    /// One epoch of training: whole batches of `B` items, in an order that depends on the seed.
    ///
    /// The rest that fills no batch is left out. With another seed for each epoch it is another rest.
    /// `DataLoader(batch_size=B, shuffle=True, drop_last=True)` in PyTorch.
    ///
    /// # Panics
    /// With batches of 0 items.
    #[track_caller]
    pub fn batches<const B: usize>(&self, seed: u64) -> Batches<'_, T, S, B>
    where
        S: Prepend<Dim<B>>,
    {
        assert!(B > 0, "a batch has at least one item");
        let mut order: Vec<usize> = (0..self.len()).collect();
        Rng::new(seed).shuffle(&mut order);
        Batches { data: self, order, next: 0 }
    }

    /// Every item once and in order, in batches of `B`, with the number that counts in each.
    ///
    /// Where the last batch is not full, it repeats the last item.
    ///
    /// # Panics
    /// With batches of 0 items.
    #[track_caller]
    pub fn batches_padded<const B: usize>(&self) -> PaddedBatches<'_, T, S, B>
    where
        S: Prepend<Dim<B>>,
    {
        assert!(B > 0, "a batch has at least one item");
        PaddedBatches { data: self, next: 0 }
    }

    fn numbers(&self, index: usize) -> &[T] {
        &self.items[index * S::SIZE..][..S::SIZE]
    }

    fn batch<const B: usize>(&self, indices: [usize; B]) -> Batch<T, S, B>
    where
        S: Prepend<Dim<B>>,
    {
        let mut data = Vec::with_capacity(B * S::SIZE);
        indices.iter().for_each(|&index| data.extend_from_slice(self.numbers(index)));
        (Tensor::from_storage(Storage::from_vec(data)), indices.map(|index| self.labels[index]))
    }
}

type Batch<T, S, const B: usize> = (Tensor<T, <S as Prepend<Dim<B>>>::Output>, [usize; B]);

/// The batches of an epoch and their labels; made by [`Dataset::batches`].
#[derive(Clone, Debug)]
pub struct Batches<'a, T: Float, S: Shape, const B: usize> {
    data: &'a Dataset<T, S>,
    order: Vec<usize>,
    next: usize,
}

impl<T: Float, S: Prepend<Dim<B>>, const B: usize> Iterator for Batches<'_, T, S, B> {
    type Item = (Tensor<T, S::Output>, [usize; B]);

    fn next(&mut self) -> Option<Self::Item> {
        let indices = self.order[self.next..].first_chunk()?;
        self.next += B;
        Some(self.data.batch(*indices))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.order.len() - self.next) / B;
        (left, Some(left))
    }
}

impl<T: Float, S: Prepend<Dim<B>>, const B: usize> ExactSizeIterator for Batches<'_, T, S, B> {}

/// The batches of a data set in order, their labels, and how many of each count; made by
/// [`Dataset::batches_padded`].
#[derive(Clone, Debug)]
pub struct PaddedBatches<'a, T: Float, S: Shape, const B: usize> {
    data: &'a Dataset<T, S>,
    next: usize,
}

impl<T: Float, S: Prepend<Dim<B>>, const B: usize> Iterator for PaddedBatches<'_, T, S, B> {
    type Item = (Tensor<T, S::Output>, [usize; B], usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (first, end) = (self.next, self.data.len());
        if first >= end {
            return None;
        }
        self.next = end.min(first.saturating_add(B));
        let (items, labels) = self.data.batch(std::array::from_fn(|offset| (first + offset).min(end - 1)));
        Some((items, labels, self.next - first))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.data.len() - self.next).div_ceil(B);
        (left, Some(left))
    }
}

impl<T: Float, S: Prepend<Dim<B>>, const B: usize> ExactSizeIterator for PaddedBatches<'_, T, S, B> {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Item `i` is `[i, i + 0.5]` with label `i`.
    fn numbers(count: usize) -> Dataset<f64, (Dim<2>,)> {
        let items = (0..count).flat_map(|i| [i as f64, i as f64 + 0.5]);
        Dataset::new(items.collect(), (0..count).collect()).unwrap()
    }

    #[test]
    fn an_epoch_visits_items_once_with_their_labels() {
        let data = numbers(10);
        let batches = data.batches::<3>(1);
        assert_eq!(batches.len(), 3);
        let mut seen = BTreeSet::new();
        for (items, labels) in batches {
            for (row, label) in labels.into_iter().enumerate() {
                assert_eq!(items[[row, 0]], label as f64);
                assert_eq!(items[[row, 1]], label as f64 + 0.5);
                assert!(seen.insert(label), "{label} came twice");
            }
        }
        assert_eq!(seen.len(), 9);
    }

    #[test]
    fn the_order_and_the_rest_depend_on_the_seed_alone() {
        let data = numbers(10);
        let order = |seed| data.batches::<3>(seed).flat_map(|(_, labels)| labels).collect::<Vec<_>>();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        let rests: BTreeSet<usize> = (0..50).map(|seed| 45 - order(seed).iter().sum::<usize>()).collect();
        assert!(rests.len() > 5, "always the same rest: {rests:?}");
    }

    #[test]
    fn evaluation_visits_items_in_order_and_repeats_the_last() {
        let data = numbers(5);
        let mut batches = data.batches_padded::<3>();
        assert_eq!(batches.len(), 2);
        let (_, labels, count) = batches.next().unwrap();
        assert_eq!((labels, count), ([0, 1, 2], 3));
        let (items, labels, count) = batches.next().unwrap();
        assert_eq!((labels, count), ([3, 4, 4], 2));
        assert_eq!(items.as_slice(), [3.0, 3.5, 4.0, 4.5, 4.0, 4.5]);
        assert!(batches.next().is_none() && batches.next().is_none());
        assert_eq!(data.batches_padded::<5>().map(|(.., count)| count).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn too_few_items_make_no_batch() {
        assert_eq!(numbers(2).batches::<3>(0).count(), 0);
        assert_eq!(numbers(0).batches_padded::<3>().count(), 0);
        assert_eq!(numbers(9).truncated(4).batches::<2>(0).count(), 2);
        assert_eq!(numbers(9).item(3).as_slice(), [3.0, 3.5]);
    }

    #[test]
    fn items_without_labels_are_an_error() {
        let error = Dataset::<f32, (Dim<2>, Dim<2>)>::new(vec![0.0; 7], vec![0; 2]).unwrap_err();
        assert_eq!(error.to_string(), "the data for 2 items of shape [2, 2] has 7 elements, expected 8");
    }
}
