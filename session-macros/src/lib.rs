//! The macros of the session crate.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
