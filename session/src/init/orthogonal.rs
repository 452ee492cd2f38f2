//! Orthogonal weights.

use shapes::Shape;

use super::weight_dims;
use crate::random::Generator;
use crate::scalar::Float;
use crate::tensor::Tensor;

/// `gain` times a random weight with orthonormal rows, or columns if there are more rows than columns
/// (`torch.nn.init.orthogonal_`).
///
/// The rows are those of the weight as a matrix `[out, in * kernel..]`. Every orientation is equally likely: the
/// weight is the factor Q of normal random numbers whose factor R has a positive diagonal. It is computed in `f64`
/// by additions, products, quotients and square roots alone, so the bits are the same on every platform.
///
/// # Panics
/// If the shape has fewer than two axes.
///
/// ```
/// use session::init;
/// use session::prelude::*;
/// use session::random::Rng;
///
/// let w: Tensor<f64, shape![2, 3]> = init::orthogonal(1.0, &mut Rng::new(0));
/// let rows = |i: usize, j: usize| (0..3).map(|k| w[[i, k]] * w[[j, k]]).sum::<f64>();
/// assert!((rows(0, 0) - 1.0).abs() < 1e-15 && (rows(1, 1) - 1.0).abs() < 1e-15 && rows(0, 1).abs() < 1e-15);
/// ```
#[track_caller]
pub fn orthogonal<T: Float, S: Shape>(gain: f64, mut rng: impl Generator) -> Tensor<T, S> {
    let rows = weight_dims::<S>()[0];
    if rng.is_blank() {
        return Tensor::zeros();
    }
    let columns = S::DIMS[1..].iter().product();
    let numbers: Vec<f64> = (0..S::SIZE).map(|_| rng.normal()).collect();
    // The vectors to make orthonormal: the rows, or the columns where there are fewer.
    let vector = |index: usize| match rows <= columns {
        true => numbers[index * columns..][..columns].to_vec(),
        false => (0..rows).map(|row| numbers[row * columns + index]).collect(),
    };
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(rows.min(columns));
    for index in 0..rows.min(columns) {
        let mut candidate = vector(index);
        while !orthonormalise(&basis, &mut candidate) {
            candidate.fill_with(|| rng.normal());
        }
        basis.push(candidate);
    }
    let element = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        T::from_f64(gain * if rows <= columns { basis[row][column] } else { basis[column][row] })
    };
    Tensor::from_counted((0..S::SIZE).map(element).collect())
}

/// Takes the parts along an orthonormal basis out of a vector and gives it length 1: modified Gram and Schmidt, twice,
/// after which nothing but rounding is left of them. False if the vector lies in the span, but for rounding: then
/// what is left of it is no direction.
fn orthonormalise(basis: &[Vec<f64>], vector: &mut [f64]) -> bool {
    let start = dot(vector, vector).sqrt();
    for _ in 0..2 {
        for direction in basis {
            let part = dot(direction, vector);
            vector.iter_mut().zip(direction).for_each(|(x, d)| *x -= part * d);
        }
    }
    let length = dot(vector, vector).sqrt();
    vector.iter_mut().for_each(|x| *x /= length);
    length > 1e-8 * start
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_in_the_span_is_no_direction() {
        let basis = [vec![1.0, 0.0, 0.0], vec![0.0, 0.6, 0.8]];
        assert!(!orthonormalise(&basis, &mut [5.0, 3.0, 4.0]));
        assert!(!orthonormalise(&[], &mut [0.0, 0.0]));
        let mut vector = [1.0, 1.0, 1.0];
        assert!(orthonormalise(&basis, &mut vector));
        assert!(vector[0].abs() < 1e-16 && (vector[1] - 0.8).abs() < 1e-15 && (vector[2] + 0.6).abs() < 1e-15);
    }
}
