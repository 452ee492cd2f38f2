//! A tensor DSL in which a shape is a type.
//!
//! A [`Session`] records operations as they are called on typed references. The recording is a
//! [`Graph`](ir::Graph): plain data that prints, compares and parses back. It is evaluated and
//! differentiated by compiling it to a [`Tape`]; a wrong shape is a compile error that names both shapes and
//! the remedy.
//!
//! ```
//! use session::optim::Sgd;
//! use session::prelude::*;
//!
//! let s = Session::<f32>::new(Options::default());
//! let w = Param::new(Tensor::<f32, shape![1, 3]>::zeros());
//! let b = Param::new(Tensor::<f32, shape![1]>::zeros());
//! let mut optimizer = Sgd::new(0.02);
//! let x = Tensor::<f32, shape![4, 3]>::from_fn(|[row, column]| (row * column) as f32);
//! let y = Tensor::<f32, shape![4, 1]>::from_fn(|[row, _]| row as f32);
//! let mut losses = Vec::new();
//! for _ in 0..100 {
//!     s.reset_tape();
//!     let (wr, br) = (s.use_param(&w)?, s.use_param(&b)?);
//!     let (x, y) = (s.input(x.clone())?, s.input(y.clone())?);
//!     let loss = s.mse_loss(s.linear(wr, br, x), y);
//!     losses.push(s.step(loss, &mut optimizer)?);
//! }
//! assert!(losses[99] < 0.05 * losses[0]);
//! # Ok::<(), session::Error>(())
//! ```
//!
//! # What is promised
//!
//! * If it compiles, the shapes are right: every rule is a trait bound, see [`shapes`].
//! * Fast is bit for bit the definition: [`semantics`] says in a few lines what a graph means, its order of
//!   summation included (see [`ops`] and [`kernels`]); a tape gives these bits on every
//!   instruction set and any number of threads, all NaNs counting as one.
//!
//! # Where it departs from early TorchLean
//!
//! The source of the operations' meaning is TorchLean's documentation of its linked session. Where its early
//! code contradicted that documentation or its later fixes, the mathematically right reading is taken:
//!
//! * `backward_dense_all` runs only the rules of nodes that the seed reaches, so that an unrelated `0 · ∞` does
//!   not pollute other gradients;
//! * `log_softmax`, `logsumexp` and `cross_entropy` are differentiated with the forward pass's own e / Σe;
//! * `softplus` overflows for no argument, `safe_log` has a gradient above its ε only;
//! * the tangent of a gather gathers the tangent; early code gave zero;
//! * windows have the size of the formula and no phantom positions; padding does not count in
//!   `smooth_max_pool`, and `smooth_max_pool2d` is `Σ x softmax(βx)`; a transposed convolution has at least one
//!   cell;
//! * a head of attention owns neighbouring columns of the projections; a query with nothing allowed gives zeros
//!   and no gradient;
//! * `sgd_step_all` checks everything before anything changes.
//!
//! `docs/operations.md` lists every operation with its shapes, its PyTorch name and what is different. Not in
//! this release: f16 and bf16, einsum, decoding without a new graph for each length.
//!
//! # Rooms
//!
//! [`session`](mod@session) → [`builder`] → [`ops`]; [`session`](mod@session) → [`tape`] → [`kernels`]; [`tape`] →
//! [`autodiff`] → [`ops`] → [`ir`]; [`semantics`] → [`ops`]; [`verify`] compares [`tape`] with [`semantics`]. [`scalar`]
//! lists the operations that rules may use; [`tensor`], [`param`], [`model`], [`optim`], [`init`], [`random`], [`data`]
//! and [`io`] are what is around a graph; `export`, with the feature `stablehlo`, prints one for other engines; a
//! [`Function`] is a recording that runs again. One arrow goes up: [`Float`] asks that a number has kernels and that a tape
//! can run with them, so that these are compiled once, and not in every program. The kernels are a crate of their own,
//! which knows no graph; all unsafe code is there, and with the feature `pjrt` in a crate that calls plugins.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// What only exports ask for is no dead code: the lint looks when they are on.
#![cfg_attr(not(feature = "stablehlo"), allow(dead_code))]

// Before all others: rustc writes a path through the first module that leads to it.
pub mod shapes {
    //! Shapes as types, and the rules of operations as traits.

    pub use ::shapes::*;
}

pub mod autodiff;
pub mod builder;
pub mod data;
pub mod error;
#[cfg(feature = "stablehlo")]
pub mod export;
pub mod init;
pub mod instances;
pub mod io;
pub mod ir;
mod mapped;
pub mod model;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod ops;
pub mod optim;
mod order;
pub mod param;
pub mod prelude;
pub mod random;
mod reference;
pub mod scalar;
pub mod semantics;
pub mod session;
mod table;
pub mod tape;
pub mod tensor;
mod tuples;
pub mod verify;

#[doc(inline)]
pub use session_kernels::{self as kernels, product, window};

pub use builder::GraphBuilder;
pub use error::Error;
pub use model::Model;
pub use param::{DynParam, Param};
pub use scalar::Float;
#[cfg(feature = "pjrt")]
pub use session::DeviceStep;
pub use session::function::{self, Function};
pub use session::{
    Backend, DenseGrads, Mask, NatRef, NatTensorRef, NatVecRef, Options, ParamGrads, Session, Step, TensorRef,
};
pub use session_macros::{Model, dim, dims, graph, shape};
pub use shapes::{
    Axis, AxisNames, Depth, Digits, Dilation, Dim, Dimension, Groups, Heads, Index, Kernel, Named, Natural, Padding,
    Shape, Slice, Stride,
};
pub use tape::Tape;
pub use tensor::{DynTensor, Tensor};

/// The programs in README.md.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The programs in docs/graph-macro.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/graph-macro.md")]
struct GraphMacro;
