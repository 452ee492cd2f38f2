//! A tensor DSL in which a shape is a type.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod ir;
pub mod kernels;
pub mod scalar;
pub mod window;

pub use error::Error;
pub use shapes;
