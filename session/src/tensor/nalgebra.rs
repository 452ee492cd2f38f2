//! To and from the matrices and vectors of nalgebra.
//!
//! A tensor is row-major and nalgebra is column-major, so every conversion copies; the element in a
//! row and column is the same on both sides.

use ::nalgebra::{DMatrix, SMatrix};
use shapes::{Dim, Dimension, Shape};

use super::{DynTensor, Tensor};
use crate::error::Error;
use crate::ir::DynShape;
use crate::scalar::Float;

/// A shape whose elements fill a matrix of `R` rows and `C` columns: `(R, C)`, or `(R,)` for a vector.
#[diagnostic::on_unimplemented(
    message = "a matrix of {R} rows and {C} columns does not fit a tensor of shape `{Self}`",
    label = "the matrix and the tensor must have the same sizes",
    note = "`SMatrix<T, R, C>` fits `shape![R, C]`, `SVector<T, R>` fits `shape![R]` and `shape![R, 1]`"
)]
pub trait MatrixShape<const R: usize, const C: usize>: Shape {}

// The one rule that rustc may show: it would otherwise list what else can be converted to and from.
impl<const R: usize, const C: usize> MatrixShape<R, C> for (Dim<R>, Dim<C>) {}

#[diagnostic::do_not_recommend]
impl<const R: usize> MatrixShape<R, 1> for (Dim<R>,) {}

/// ```
/// use nalgebra::{Matrix2x3, Vector2};
/// use session::{shapes::Dim, tensor::Tensor};
///
/// let matrix = Matrix2x3::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
/// let tensor = Tensor::<f64, (Dim<2>, Dim<3>)>::from(matrix);
/// assert_eq!(tensor.as_slice(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!(Matrix2x3::from(tensor), matrix);
///
/// let tensor: Tensor<f64, (Dim<2>,)> = Vector2::new(1.0, 2.0).into();
/// assert_eq!(Vector2::from(tensor), Vector2::new(1.0, 2.0));
/// ```
impl<T: Float, S: MatrixShape<R, C>, const R: usize, const C: usize> From<SMatrix<T, R, C>> for Tensor<T, S> {
    fn from(matrix: SMatrix<T, R, C>) -> Self {
        let rows = matrix.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<_>>());
        Self::from_counted(rows.collect())
    }
}

impl<T: Float, S: MatrixShape<R, C>, const R: usize, const C: usize> From<Tensor<T, S>> for SMatrix<T, R, C> {
    fn from(tensor: Tensor<T, S>) -> Self {
        Self::from_row_slice(tensor.as_slice())
    }
}

impl<T: Float, R: Dimension, C: Dimension> From<Tensor<T, (R, C)>> for DMatrix<T> {
    fn from(tensor: Tensor<T, (R, C)>) -> Self {
        Self::from_row_slice(R::SIZE, C::SIZE, tensor.as_slice())
    }
}

/// Fails with [`Error::ShapeMismatch`] if the matrix has another number of rows or columns.
impl<T: Float, R: Dimension, C: Dimension> TryFrom<DMatrix<T>> for Tensor<T, (R, C)> {
    type Error = Error;

    fn try_from(matrix: DMatrix<T>) -> Result<Self, Error> {
        let (expected, found) = ([R::SIZE, C::SIZE], [matrix.nrows(), matrix.ncols()]);
        if expected != found {
            return Err(Error::shape("the matrix", &expected, &found));
        }
        Ok(Self::from_fn(|[row, column]| matrix[(row, column)]))
    }
}

impl<T: Float> From<DMatrix<T>> for DynTensor<T> {
    fn from(matrix: DMatrix<T>) -> Self {
        let shape = DynShape::new(&[matrix.nrows(), matrix.ncols()]);
        // The columns of the transpose, one after another, are the rows.
        let data = matrix.transpose().as_slice().to_vec();
        Self::from_storage(shape, super::Storage::from_vec(data))
    }
}

#[cfg(test)]
mod tests {
    use ::nalgebra::{DMatrix, SMatrix, SVector};
    use proptest::prelude::*;
    use shapes::Dim;

    use crate::tensor::{DynTensor, Tensor};

    type Wide = Tensor<f64, (Dim<2>, Dim<3>)>;

    fn wide() -> Wide {
        Tensor::from_array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    }

    #[test]
    fn a_row_stays_a_row() {
        let matrix = SMatrix::<f64, 2, 3>::from(wide());
        assert_eq!(matrix[(0, 2)], 3.0);
        assert_eq!(matrix[(1, 0)], 4.0);
        assert_eq!(matrix.as_slice(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        let dynamic = DMatrix::from(wide());
        assert_eq!((dynamic.nrows(), dynamic.ncols(), dynamic[(1, 2)]), (2, 3, 6.0));
        assert_eq!(DynTensor::from(dynamic), wide().into_dyn());
    }

    #[test]
    fn a_vector_keeps_its_order() {
        let tensor = Tensor::<f32, (Dim<3>,)>::from_array([1.0, 2.0, 3.0]);
        let vector = SVector::<f32, 3>::from(tensor.clone());
        assert_eq!(vector.as_slice(), [1.0, 2.0, 3.0]);
        assert_eq!(Tensor::from(vector), tensor);
    }

    #[test]
    fn a_matrix_of_another_size_is_refused() {
        let error = Wide::try_from(DMatrix::<f64>::zeros(3, 2)).unwrap_err();
        assert_eq!(error.to_string(), "the matrix has shape [3, 2], expected [2, 3]");
    }

    proptest! {
        #[test]
        fn there_and_back_changes_nothing(data in proptest::collection::vec(-1e9_f64..1e9, 6)) {
            let tensor = Wide::from_vec(data).unwrap();
            prop_assert_eq!(&Wide::from(SMatrix::<f64, 2, 3>::from(tensor.clone())), &tensor);
            prop_assert_eq!(&Wide::try_from(DMatrix::from(tensor.clone())).unwrap(), &tensor);
        }

        #[test]
        fn a_product_is_the_same_on_both_sides(a in proptest::collection::vec(-9_i32..9, 6), b in proptest::collection::vec(-9_i32..9, 6)) {
            let number = |x: &i32| f64::from(*x);
            let a = Wide::from_vec(a.iter().map(number).collect()).unwrap();
            let b = Tensor::<f64, (Dim<3>, Dim<2>)>::from_vec(b.iter().map(number).collect()).unwrap();
            let product = Tensor::<f64, (Dim<2>, Dim<2>)>::from_fn(|[i, j]| (0..3).map(|k| a[[i, k]] * b[[k, j]]).sum());
            let matrices = SMatrix::<f64, 2, 3>::from(a) * SMatrix::<f64, 3, 2>::from(b);
            prop_assert_eq!(Tensor::from(matrices), product);
        }
    }
}
