//! Dense values: [`Tensor`] with its shape as a type, [`DynTensor`] with its shape as a value.

mod argmax;
mod arithmetic;
mod display;
mod dynamic;
#[cfg(feature = "nalgebra")]
mod nalgebra;
mod nested;
mod position;
#[cfg(feature = "serde")]
mod serde;
pub(crate) mod storage;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use shapes::Shape;

pub use dynamic::DynTensor;
#[cfg(feature = "nalgebra")]
pub use nalgebra::MatrixShape;
pub use nested::NestedArray;
pub use position::Ranked;
use storage::Storage;

use crate::error::Error;
use crate::ir::DynShape;
use crate::random::{Generator, Rng};
use crate::scalar::Float;

/// An owned, dense, row-major tensor of numbers `T` whose shape is the type `S`.
///
/// A clone shares the numbers; the first change of a shared tensor copies them. `torch.Tensor` in
/// PyTorch, except that it is always contiguous, a view is never visible, and the shape is a type.
///
/// ```
/// use session::shapes::Dim;
/// use session::tensor::Tensor;
///
/// let a = Tensor::<f32, (Dim<2>, Dim<3>)>::from_array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let b = Tensor::<f32, (Dim<2>, Dim<3>)>::from_fn(|[row, column]| (10 * row + column) as f32);
/// assert_eq!((&a + &b).as_slice(), [1.0, 3.0, 5.0, 14.0, 16.0, 18.0]);
/// assert_eq!(a[[1, 0]], 4.0);
/// assert_eq!((a * 0.5).to_string(), "[[0.5 1.  1.5]\n [2.  2.5 3. ]]");
/// ```
///
/// An array of another shape is a compile error:
/// ```compile_fail,E0277
/// # use session::shapes::Dim;
/// # use session::tensor::Tensor;
/// let a = Tensor::<f32, (Dim<2>, Dim<3>)>::from_array([[1.0, 2.0], [3.0, 4.0]]);
/// ```
// Without bounds: rustc would ask for them wherever the type is written, besides at the call that needs them.
pub struct Tensor<T, S> {
    storage: Storage<T>,
    shape: PhantomData<fn() -> S>,
}

// Each function has its own bound: rustc says of one that lacks a bound of the whole block that there is no such function.
impl<T, S> Tensor<T, S> {
    /// A tensor around numbers that are already in place.
    pub(crate) fn from_storage(storage: Storage<T>) -> Self
    where
        T: Float,
        S: Shape,
    {
        debug_assert_eq!(storage.as_slice().len(), S::SIZE);
        Self { storage, shape: PhantomData }
    }

    pub(crate) fn into_storage(self) -> Storage<T> {
        self.storage
    }

    /// For numbers counted by this crate's own code.
    pub(crate) fn from_counted(data: Vec<T>) -> Self
    where
        T: Float,
        S: Shape,
    {
        Self::from_storage(Storage::from_vec(data))
    }

    /// The tensor of a nested array, whose sizes are checked by its type (`torch.tensor`).
    ///
    /// ```
    /// # use session::{shapes::Dim, tensor::Tensor};
    /// let t = Tensor::<f64, (Dim<2>, Dim<1>)>::from_array([[1.0], [2.0]]);
    /// assert_eq!(t.as_slice(), [1.0, 2.0]);
    /// assert_eq!(Tensor::<f64, _>::from_array(3.0).value(), 3.0);
    /// ```
    pub fn from_array<A: NestedArray<T, S>>(array: A) -> Self
    where
        T: Float,
        S: Shape,
    {
        Self::from_storage(Storage::from_slice(array.elements()))
    }

    /// The tensor of a vector in row-major order.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the vector does not have one number per element.
    ///
    /// ```
    /// # use session::{shapes::Dim, tensor::Tensor};
    /// type Matrix = Tensor<f32, (Dim<2>, Dim<2>)>;
    /// assert_eq!(Matrix::from_vec(vec![1.0, 2.0, 3.0, 4.0]).unwrap()[[1, 0]], 3.0);
    /// let error = Matrix::from_vec(vec![1.0]).unwrap_err();
    /// assert_eq!(error.to_string(), "the data for a tensor of shape [2, 2] has 1 elements, expected 4");
    /// ```
    pub fn from_vec(data: Vec<T>) -> Result<Self, Error>
    where
        T: Float,
        S: Shape,
    {
        dynamic::check_length(DynShape::of::<S>(), data.len())?;
        Ok(Self::from_counted(data))
    }

    /// The tensor of a slice in row-major order, copied.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the slice does not have one number per element.
    pub fn from_slice(data: &[T]) -> Result<Self, Error>
    where
        T: Float,
        S: Shape,
    {
        dynamic::check_length(DynShape::of::<S>(), data.len())?;
        Ok(Self::from_storage(Storage::from_slice(data)))
    }

    /// All elements 0 (`torch.zeros`).
    pub fn zeros() -> Self
    where
        T: Float,
        S: Shape,
    {
        Self::full(T::literal(0.0))
    }

    /// All elements 1 (`torch.ones`).
    pub fn ones() -> Self
    where
        T: Float,
        S: Shape,
    {
        Self::full(T::literal(1.0))
    }

    /// All elements `value` (`torch.full`).
    pub fn full(value: T) -> Self
    where
        T: Float,
        S: Shape,
    {
        Self::from_storage(Storage::full(S::SIZE, value))
    }

    /// The tensor whose element at each position is `element(position)`.
    ///
    /// ```
    /// # use session::{shapes::Dim, tensor::Tensor};
    /// let identity = Tensor::<f32, (Dim<2>, Dim<2>)>::from_fn(|[i, j]| if i == j { 1.0 } else { 0.0 });
    /// assert_eq!(identity.as_slice(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    pub fn from_fn(mut element: impl FnMut(S::Position) -> T) -> Self
    where
        T: Float,
        S: Ranked,
    {
        let mut position = S::ORIGIN;
        let elements = (0..S::SIZE).map(|_| {
            let value = element(position);
            position::advance(position.as_mut(), S::DIMS);
            value
        });
        Self::from_counted(elements.collect())
    }

    /// Independent numbers from the standard normal distribution (`torch.randn`).
    ///
    /// ```
    /// # use session::{random::Rng, shapes::Dim, tensor::Tensor};
    /// let w = Tensor::<f32, (Dim<10>, Dim<784>)>::randn(&mut Rng::new(1)) * 0.05;
    /// assert!(w.as_slice().iter().all(|x| x.abs() < 0.5));
    /// ```
    pub fn randn(mut rng: impl Generator) -> Self
    where
        T: Float,
        S: Shape,
    {
        Self::from_storage(normal(S::SIZE, &mut rng))
    }

    /// Independent numbers from the uniform distribution over `low..high` (`torch.Tensor.uniform_`).
    ///
    /// Rounding may give `high` itself.
    ///
    /// # Panics
    /// Unless `low <= high` and both are finite.
    #[track_caller]
    pub fn uniform(low: T, high: T, mut rng: impl Generator) -> Self
    where
        T: Float,
        S: Shape,
    {
        let (low, high) = (low.to_f64(), high.to_f64());
        assert!(low <= high && low.is_finite() && high.is_finite(), "no uniform distribution over {low}..{high}");
        Self::from_storage(uniform(S::SIZE, low, high, &mut rng))
    }
}

impl<T: Float, S> Tensor<T, S> {
    /// As many numbers as this tensor has, in its shape.
    fn alike<U: Float>(&self, data: Vec<U>) -> Tensor<U, S> {
        debug_assert_eq!(data.len(), self.as_slice().len());
        Tensor { storage: Storage::from_vec(data), shape: PhantomData }
    }

    pub(crate) fn storage(&self) -> &Storage<T> {
        &self.storage
    }

    /// The numbers in row-major order.
    pub fn as_slice(&self) -> &[T] {
        self.storage.as_slice()
    }

    /// The numbers in row-major order, to change; a shared buffer is copied first.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.storage.make_mut()
    }

    /// The numbers in row-major order, copied.
    pub fn to_vec(&self) -> Vec<T> {
        self.as_slice().to_vec()
    }

    /// The same numbers with the shape as a value.
    pub fn into_dyn(self) -> DynTensor<T>
    where
        S: Shape,
    {
        DynTensor::from_storage(DynShape::of::<S>(), self.storage)
    }

    /// The tensor of `function(element)`; the result may be of another number type.
    ///
    /// ```
    /// # use session::{shapes::Dim, tensor::Tensor};
    /// let t = Tensor::<f32, (Dim<2>,)>::from_array([1.5, -2.0]);
    /// assert_eq!(t.map(|x| f64::from(x.abs())).as_slice(), [1.5_f64, 2.0]);
    /// ```
    pub fn map<U: Float>(&self, function: impl FnMut(T) -> U) -> Tensor<U, S> {
        self.alike(self.as_slice().iter().copied().map(function).collect())
    }

    /// The tensor of `function(element, other element)` of two tensors of one shape.
    ///
    /// ```
    /// # use session::{shapes::Dim, tensor::Tensor};
    /// let a = Tensor::<f32, (Dim<2>,)>::from_array([1.0, 5.0]);
    /// let b = Tensor::from_array([3.0, 4.0]);
    /// assert_eq!(a.zip(&b, f32::max).as_slice(), [3.0, 5.0]);
    /// ```
    pub fn zip<U: Float, V: Float>(&self, other: &Tensor<U, S>, mut function: impl FnMut(T, U) -> V) -> Tensor<V, S> {
        let pairs = self.as_slice().iter().zip(other.as_slice());
        self.alike(pairs.map(|(&a, &b)| function(a, b)).collect())
    }
}

impl<T: Float> Tensor<T, ()> {
    /// The number of a scalar (`torch.Tensor.item`).
    pub fn value(&self) -> T {
        self.as_slice()[0]
    }
}

impl<T, S> Clone for Tensor<T, S> {
    fn clone(&self) -> Self {
        Self { storage: self.storage.clone(), shape: PhantomData }
    }
}

/// By value, as IEEE 754 compares: `-0 == 0`, and NaN differs from itself.
impl<T: Float, S> PartialEq for Tensor<T, S> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

// What follows knows no shape: programs compile what does for each of their shapes.

#[inline(never)]
fn normal<T: Float>(count: usize, rng: &mut Rng) -> Storage<T> {
    if rng.is_blank() {
        return Storage::zeros(count);
    }
    Storage::from_vec((0..count).map(|_| rng.normal()).collect())
}

#[inline(never)]
fn uniform<T: Float>(count: usize, low: f64, high: f64, rng: &mut Rng) -> Storage<T> {
    if rng.is_blank() {
        return Storage::zeros(count);
    }
    Storage::from_vec((0..count).map(|_| T::from_f64(rng.uniform::<f64>().mul_add(high - low, low))).collect())
}
