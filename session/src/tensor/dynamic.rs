//! Tensors whose shape is known only at run time.

use shapes::Shape;

use super::{Storage, Tensor};
use crate::error::Error;
use crate::ir::DynShape;
use crate::scalar::Float;

/// Numbers with a shape known only at run time: what files and users bring in.
///
/// ```
/// use session::ir::DynShape;
/// use session::shapes::Dim;
/// use session::tensor::DynTensor;
///
/// let loaded = DynTensor::new(DynShape::new(&[2, 2]), vec![1.0, 2.0, 3.0, 4.0]).unwrap();
/// let typed = loaded.clone().into_shape::<(Dim<2>, Dim<2>)>().unwrap();
/// assert_eq!(typed[[0, 1]], 2.0);
///
/// let error = loaded.into_shape::<(Dim<4>,)>().unwrap_err();
/// assert_eq!(error.to_string(), "the tensor has shape [2, 2], expected [4]");
/// ```
#[derive(Clone)]
pub struct DynTensor<T: Float> {
    shape: DynShape,
    storage: Storage<T>,
}

impl<T: Float> DynTensor<T> {
    /// The tensor of this shape and these numbers, row-major.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the vector does not have one number per element.
    pub fn new(shape: DynShape, data: Vec<T>) -> Result<Self, Error> {
        check_length(shape, data.len())?;
        Ok(Self { shape, storage: Storage::from_vec(data) })
    }

    pub(crate) fn into_storage(self) -> (DynShape, Storage<T>) {
        (self.shape, self.storage)
    }

    pub(crate) fn from_storage(shape: DynShape, storage: Storage<T>) -> Self {
        debug_assert_eq!(storage.as_slice().len(), shape.elements());
        Self { shape, storage }
    }

    pub(crate) fn storage(&self) -> &Storage<T> {
        &self.storage
    }

    /// The shape.
    pub fn shape(&self) -> DynShape {
        self.shape
    }

    /// The numbers in row-major order.
    pub fn as_slice(&self) -> &[T] {
        self.storage.as_slice()
    }

    /// The numbers in row-major order.
    pub fn into_vec(self) -> Vec<T> {
        self.storage.into_vec()
    }

    /// The same numbers with the shape as a type.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] with both shapes if they differ in any axis; nothing is reshaped.
    pub fn into_shape<S: Shape>(self) -> Result<Tensor<T, S>, Error> {
        let expected = DynShape::of::<S>();
        if self.shape != expected {
            return Err(Error::shape("the tensor", &expected, &self.shape));
        }
        Ok(Tensor::from_storage(self.storage))
    }
}

impl<T: Float> PartialEq for DynTensor<T> {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.as_slice() == other.as_slice()
    }
}

impl<T: Float, S: Shape> From<Tensor<T, S>> for DynTensor<T> {
    fn from(tensor: Tensor<T, S>) -> Self {
        tensor.into_dyn()
    }
}

impl<T: Float, S: Shape> TryFrom<DynTensor<T>> for Tensor<T, S> {
    type Error = Error;

    fn try_from(tensor: DynTensor<T>) -> Result<Self, Error> {
        tensor.into_shape()
    }
}

pub(super) fn check_length(shape: DynShape, found: usize) -> Result<(), Error> {
    let expected = shape.countable().ok();
    if expected == Some(found) {
        return Ok(());
    }
    let what = format!("the data for a tensor of shape {shape}");
    Err(Error::LengthMismatch { what, expected: expected.unwrap_or(usize::MAX), found })
}
