//! A tensor DSL in which a shape is a type.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod autodiff;
pub mod data;
pub mod error;
pub mod init;
pub mod io;
pub mod ir;
pub mod kernels;
pub mod ops;
pub mod optim;
pub mod param;
pub mod prelude;
pub mod random;
pub mod scalar;
pub mod semantics;
pub mod session;
pub mod tape;
pub mod tensor;
pub mod window;

pub use error::Error;
pub use param::Param;
pub use scalar::Float;
pub use session::{
    Backend, DenseGrads, NatRef, NatTensorRef, NatVecRef, Options, ParamGrads, Session, Step, TensorRef,
};
pub use session_macros::{dim, dims, shape};
pub use shapes;
pub use shapes::{
    Axis, Depth, Digits, Dilation, Dim, Dimension, Groups, Heads, Index, Kernel, Named, Natural, Padding, Shape, Slice,
    Stride,
};
pub use tape::Tape;
pub use tensor::{DynTensor, Tensor};

/// The programs in README.md.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
