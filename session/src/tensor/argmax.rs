//! Which element is largest, and how often that is the right one.

use shapes::{Dimension, Shape};

use super::{DynTensor, Tensor};
use crate::error::Error;
use crate::ir::DynShape;
use crate::scalar::Float;

impl<T: Float, S> Tensor<T, S> {
    /// The position of the largest element, counted row-major (`torch.argmax`).
    ///
    /// The first of equals; NaN counts as largest.
    ///
    /// # Panics
    /// If there is no element.
    ///
    /// ```
    /// # use session::{shapes::Dim, tensor::Tensor};
    /// let t = Tensor::<f32, (Dim<2>, Dim<2>)>::from_array([[1.0, 0.0], [7.0, 7.0]]);
    /// assert_eq!(t.argmax(), 2);
    /// ```
    #[track_caller]
    pub fn argmax(&self) -> usize
    where
        S: Shape,
    {
        assert!(S::SIZE > 0, "argmax of shape {:?}, which has no elements", S::DIMS);
        largest(self.as_slice())
    }

    /// The index of the largest element along the last axis, one per row (`torch.argmax(dim=-1)`).
    ///
    /// The first of equals; NaN counts as largest. The index of a scalar is 0.
    ///
    /// # Panics
    /// If there are rows but the last axis has no elements.
    ///
    /// ```
    /// # use session::{shapes::Dim, tensor::Tensor};
    /// let logits = Tensor::<f32, (Dim<2>, Dim<3>)>::from_array([[0.1, 0.9, 0.9], [3.0, f32::NAN, 5.0]]);
    /// assert_eq!(logits.argmax_last(), [1, 1]);
    /// ```
    #[track_caller]
    pub fn argmax_last(&self) -> Vec<usize>
    where
        S: Shape,
    {
        match rows(DynShape::of::<S>(), self.as_slice()) {
            Some(rows) => rows,
            None => panic!("argmax over the last axis of shape {:?}, which has no elements", S::DIMS),
        }
    }
}

impl<T: Float, N: Dimension, C: Dimension> Tensor<T, (N, C)> {
    /// The share of rows whose largest element is at the row's label: the accuracy of logits `[N, C]`.
    ///
    /// As [`argmax_last`](Tensor::argmax_last) where elements are equal or NaN. Without rows NaN, as the mean of
    /// nothing is in PyTorch: `(logits.argmax(-1) == labels).double().mean()`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if there is not one label for each row, [`Error::LabelTooLarge`] for a label that is
    /// not below C, with its position.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let logits = Tensor::<f32, shape![3, 2]>::from_array([[0.1, 0.9], [2.0, -1.0], [0.0, 1.0]]);
    /// assert_eq!(logits.accuracy(&[1, 0, 0])?, 2.0 / 3.0);
    /// let error = logits.accuracy(&[1, 0, 2]).unwrap_err();
    /// assert_eq!(error.to_string(), "the label 2 at position 2 must be below 2");
    /// # Ok::<(), session::Error>(())
    /// ```
    pub fn accuracy(&self, labels: &[usize]) -> Result<f64, Error> {
        accuracy(DynShape::of::<(N, C)>(), self.as_slice(), labels)
    }
}

impl<T: Float> DynTensor<T> {
    /// As [`Tensor::argmax`], or `None` if there is no element.
    pub fn argmax(&self) -> Option<usize> {
        (!self.as_slice().is_empty()).then(|| largest(self.as_slice()))
    }

    /// As [`Tensor::argmax_last`], or `None` if there are rows but the last axis has no elements.
    pub fn argmax_last(&self) -> Option<Vec<usize>> {
        rows(self.shape(), self.as_slice())
    }

    /// As [`Tensor::accuracy`].
    ///
    /// # Errors
    /// Those of [`Tensor::accuracy`], and [`Error::RankMismatch`] if there are not two axes.
    pub fn accuracy(&self, labels: &[usize]) -> Result<f64, Error> {
        if self.shape().len() != 2 {
            return Err(Error::RankMismatch {
                what: "the tensor of logits".to_owned(),
                expected: 2,
                found: self.shape(),
            });
        }
        accuracy(self.shape(), self.as_slice(), labels)
    }
}

/// The position of the first of the largest elements; NaN is largest.
#[inline(never)]
fn largest<T: Float>(row: &[T]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        let is_nan = value.to_f64().is_nan();
        if *value > row[best] || (is_nan && !row[best].to_f64().is_nan()) {
            best = index;
        }
    }
    best
}

/// [`largest`] of each row of the last axis; `None` if there are rows without elements.
#[inline(never)]
fn rows<T: Float>(shape: DynShape, data: &[T]) -> Option<Vec<usize>> {
    let (row, leading) = shape.split_last().unwrap_or((&1, &[]));
    if *row == 0 && leading.iter().product::<usize>() > 0 {
        return None;
    }
    Some(data.chunks_exact((*row).max(1)).map(largest).collect())
}

#[inline(never)]
fn accuracy<T: Float>(shape: DynShape, data: &[T], labels: &[usize]) -> Result<f64, Error> {
    let (count, classes) = (shape[0], shape[1]);
    if labels.len() != count {
        return Err(Error::LengthMismatch {
            what: "the list of labels".to_owned(),
            expected: count,
            found: labels.len(),
        });
    }
    if let Some(position) = labels.iter().position(|&label| label >= classes) {
        return Err(Error::LabelTooLarge { position, label: labels[position], classes });
    }
    let guesses = rows(shape, data).into_iter().flatten();
    let correct = guesses.zip(labels).filter(|(guess, label)| guess == *label).count();
    Ok(correct as f64 / count as f64)
}
