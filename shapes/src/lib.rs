//! Shapes as types.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod dimension;
mod shape;

pub use dimension::{Dim, Dimension};
pub use shape::Shape;
