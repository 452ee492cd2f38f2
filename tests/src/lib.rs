//! The tests of the session crate, and what they share.
//!
//! A [`Source`] turns random choices into anything; a [`Draft`] is an operation of the table with
//! operands that it accepts; a [`Program`] is a graph of one or several drafts with numbers to run it
//! on; [`compare`] says when two results agree.
#![forbid(unsafe_code)]

pub mod compare;
mod convolution;
mod draft;
mod methods;
mod program;
mod source;

pub use draft::Draft;
pub use methods::{session_methods, sources, words};
pub use program::{Points, Program};
pub use source::{Source, choices, for_each_case, for_each_operation};
