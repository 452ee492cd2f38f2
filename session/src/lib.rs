//! A tensor DSL in which a shape is a type.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod autodiff;
pub mod data;
pub mod error;
pub mod init;
pub mod io;
pub mod ir;
pub mod ops;
pub mod optim;
pub mod random;
pub mod scalar;
pub mod semantics;
pub mod tensor;
pub mod window;

pub use error::Error;
pub use session_macros::{dim, dims, shape};
pub use shapes;
pub use shapes::{
    Axis, Depth, Digits, Dilation, Dim, Dimension, Groups, Heads, Index, Kernel, Named, Natural, Padding, Shape, Slice,
    Stride,
};
