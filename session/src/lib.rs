//! A tensor DSL in which a shape is a type.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod ir;
pub mod scalar;
pub mod window;

pub use error::Error;
pub use session_macros::{dim, dims, shape};
pub use shapes;
pub use shapes::{
    Axis, Depth, Digits, Dilation, Dim, Dimension, Groups, Heads, Index, Kernel, Named, Natural, Padding, Shape, Slice,
    Stride,
};
