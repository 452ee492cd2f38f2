//! When two results agree.

use proptest::prelude::*;
use session::scalar::{Float, Scalar};
use session::semantics::Array;

/// The sum of the products of the elements of two tensors of the same shape.
///
/// # Panics
/// If the shapes differ.
pub fn dot<S: Scalar>(a: &Array<S>, b: &Array<S>) -> S {
    assert_eq!(a.shape, b.shape, "the shapes of the factors");
    a.data.iter().zip(&b.data).fold(S::literal(0.0), |sum, (&a, &b)| sum + a * b)
}

/// The sum of the absolute values of the products: what the error of [`dot`] is relative to.
pub fn magnitude(a: &Array<f64>, b: &Array<f64>) -> f64 {
    a.data.iter().zip(&b.data).map(|(a, b)| (a * b).abs()).sum()
}

/// Whether two numbers differ by at most `tolerance`, relative to the larger of 1 and `scale`; NaN
/// agrees with NaN.
pub fn close(a: f64, b: f64, scale: f64, tolerance: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * scale.abs().max(1.0)
}

/// Refuses tensors that are not close, element by element, relative to the expected one.
pub fn all_close(what: &str, found: &Array<f64>, expected: &Array<f64>, tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.shape, expected.shape, "the shape of {}", what);
    for (position, (&a, &b)) in found.data.iter().zip(&expected.data).enumerate() {
        prop_assert!(close(a, b, b, tolerance), "{what}, element {position}: found {a}, expected {b}");
    }
    Ok(())
}

/// A structural zero as a tensor.
pub fn or_zero<S: Scalar>(gradient: Option<Array<S>>, like: &Array<S>) -> Array<S> {
    gradient.unwrap_or_else(|| Array::full(like.shape, 0.0))
}

/// The bits of every element, all NaNs counting as one.
pub fn bits<S: Float>(array: &Array<S>) -> Vec<u64> {
    array.data.iter().map(|x| x.bits()).collect()
}
