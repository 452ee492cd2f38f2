//! The tests of the session crate.
