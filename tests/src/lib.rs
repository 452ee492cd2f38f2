//! The tests of the session crate, and what they share.
//!
//! A [`Source`] turns random choices into anything; a [`Draft`] is an operation of the table with
//! operands that it accepts, a [`Call`] one of the builder; a [`Program`] is a graph of one or several of
//! these with numbers to run it on; [`battery`](mod@battery) is what holds for each operation; [`compare`] says when two
//! results agree; [`golden`](mod@golden) has the cases of PyTorch.
#![forbid(unsafe_code)]

pub mod battery;
mod call;
pub mod compare;
mod convolution;
mod draft;
pub mod golden;
mod methods;
mod program;
mod rearranged;
mod source;
mod spatial;

pub use call::Call;
pub use draft::Draft;
pub use methods::{session_methods, sources, words};
pub use program::{Points, Program};
pub use source::{Source, choices, for_each_case, for_each_name};
