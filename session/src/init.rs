//! Initial values of parameters, as `torch.nn.init` defines them.
//!
//! A weight has shape `[out, in, kernel..]`; its *fan in* is the number of inputs to one output,
//! `in` times the size of the kernel, and its *fan out* is `out` times the size of the kernel.
//!
//! ```
//! use session::init;
//! use session::random::Rng;
//! use session::shapes::Dim;
//! use session::tensor::Tensor;
//!
//! // As torch.nn.Linear(784, 10) starts.
//! type Weight = (Dim<10>, Dim<784>);
//! let mut rng = Rng::new(0);
//! let weight: Tensor<f32, Weight> = init::kaiming_uniform(5.0_f64.sqrt(), &mut rng);
//! let bias: Tensor<f32, (Dim<10>,)> = init::bias_uniform(init::fan_in::<Weight>(), &mut rng);
//! assert!(weight.as_slice().iter().chain(bias.as_slice()).all(|x| x.abs() <= 1.0 / 28.0));
//! ```

mod orthogonal;
#[cfg(test)]
mod tests;

use shapes::Shape;

pub use orthogonal::orthogonal;

use crate::random::Generator;
use crate::scalar::Float;
use crate::tensor::Tensor;

/// All elements 0 (`torch.nn.init.zeros_`).
pub fn zeros<T: Float, S: Shape>() -> Tensor<T, S> {
    Tensor::zeros()
}

/// All elements 1 (`torch.nn.init.ones_`).
pub fn ones<T: Float, S: Shape>() -> Tensor<T, S> {
    Tensor::ones()
}

/// All elements `value` (`torch.nn.init.constant_`).
pub fn constant<T: Float, S: Shape>(value: f64) -> Tensor<T, S> {
    Tensor::full(T::from_f64(value))
}

/// The uniform distribution over `low..high` (`torch.nn.init.uniform_`).
///
/// # Panics
/// Unless `low <= high` and both are finite.
#[track_caller]
pub fn uniform<T: Float, S: Shape>(low: f64, high: f64, rng: impl Generator) -> Tensor<T, S> {
    Tensor::uniform(T::from_f64(low), T::from_f64(high), rng)
}

/// The normal distribution with this mean and standard deviation (`torch.nn.init.normal_`).
pub fn normal<T: Float, S: Shape>(mean: f64, deviation: f64, rng: impl Generator) -> Tensor<T, S> {
    Tensor::<f64, S>::randn(rng).map(|x| T::from_f64(x.mul_add(deviation, mean)))
}

/// Glorot and Bengio's uniform distribution (`torch.nn.init.xavier_uniform_`).
///
/// The bound is `gain * sqrt(6 / (fan_in + fan_out))`.
///
/// # Panics
/// If the shape has fewer than two axes.
#[track_caller]
pub fn xavier_uniform<T: Float, S: Shape>(gain: f64, rng: impl Generator) -> Tensor<T, S> {
    symmetric(gain * (6.0 / (fan_in::<S>() + fan_out::<S>()) as f64).sqrt(), rng)
}

/// Glorot and Bengio's normal distribution (`torch.nn.init.xavier_normal_`).
///
/// The mean is 0, the standard deviation `gain * sqrt(2 / (fan_in + fan_out))`.
///
/// # Panics
/// If the shape has fewer than two axes.
#[track_caller]
pub fn xavier_normal<T: Float, S: Shape>(gain: f64, rng: impl Generator) -> Tensor<T, S> {
    normal(0.0, gain * (2.0 / (fan_in::<S>() + fan_out::<S>()) as f64).sqrt(), rng)
}

/// He and others' uniform distribution by the fan in (`torch.nn.init.kaiming_uniform_`).
///
/// The bound is `sqrt(6 / ((1 + negative_slope^2) * fan_in))`. The slope is that of the leaky
/// rectifier that follows: 0 for relu. With `sqrt(5)` the bound is `1 / sqrt(fan_in)`: the default
/// of `torch.nn.Linear` and `torch.nn.Conv2d`.
///
/// # Panics
/// If the shape has fewer than two axes.
#[track_caller]
pub fn kaiming_uniform<T: Float, S: Shape>(negative_slope: f64, rng: impl Generator) -> Tensor<T, S> {
    symmetric((6.0 / ((1.0 + negative_slope * negative_slope) * fan_in::<S>() as f64)).sqrt(), rng)
}

/// He and others' normal distribution by the fan in (`torch.nn.init.kaiming_normal_`).
///
/// The mean is 0, the standard deviation `sqrt(2 / ((1 + negative_slope^2) * fan_in))`; the slope is that
/// of [`kaiming_uniform`].
///
/// # Panics
/// If the shape has fewer than two axes.
#[track_caller]
pub fn kaiming_normal<T: Float, S: Shape>(negative_slope: f64, rng: impl Generator) -> Tensor<T, S> {
    normal(0.0, (2.0 / ((1.0 + negative_slope * negative_slope) * fan_in::<S>() as f64)).sqrt(), rng)
}

/// The bias that goes with a weight of this fan in: uniform with the bound `1 / sqrt(fan_in)`.
///
/// The default of `torch.nn.Linear` and `torch.nn.Conv2d`. With a fan in of 0, all elements 0.
pub fn bias_uniform<T: Float, S: Shape>(fan_in: usize, rng: impl Generator) -> Tensor<T, S> {
    symmetric(1.0 / (fan_in as f64).sqrt(), rng)
}

/// The number of inputs to one output of a weight of this shape.
///
/// # Panics
/// If the shape has fewer than two axes.
///
/// ```
/// # use session::{init, shapes::Dim};
/// assert_eq!(init::fan_in::<(Dim<16>, Dim<8>, Dim<5>, Dim<5>)>(), 200);
/// ```
#[track_caller]
pub fn fan_in<S: Shape>() -> usize {
    weight_dims::<S>()[1..].iter().product()
}

/// The number of outputs that one input of a weight of this shape reaches.
///
/// # Panics
/// If the shape has fewer than two axes.
#[track_caller]
pub fn fan_out<S: Shape>() -> usize {
    let dims = weight_dims::<S>();
    dims[0] * dims[2..].iter().product::<usize>()
}

#[track_caller]
fn weight_dims<S: Shape>() -> &'static [usize] {
    assert!(S::RANK >= 2, "a weight has shape [out, in, kernel..], at least two axes, not {:?}", S::DIMS);
    S::DIMS
}

/// Uniform over `-bound..bound`. An infinite bound comes from a weight without inputs.
fn symmetric<T: Float, S: Shape>(bound: f64, rng: impl Generator) -> Tensor<T, S> {
    match bound.is_finite() {
        true => Tensor::uniform(T::from_f64(-bound), T::from_f64(bound), rng),
        false => Tensor::zeros(),
    }
}
