//! The examples of the session crate.
