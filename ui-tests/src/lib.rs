//! The ui-tests of the session crate.
