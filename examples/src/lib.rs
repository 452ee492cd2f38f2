//! The examples of the session crate.
//!
//! A course of short programs, each `cargo run --example NAME`:
//!
//! * `01-shapes`: a shape is a type
//! * `02-gradients`: a session records, and differentiates what it has recorded
//! * `03-training`: parameters, and steps that change them
//! * `04-attention`: a small transformer learns to write a list of digits backwards
//!
//! And a whole one:
//!
//! * `cargo run --release --example mnist`: a convolutional network learns handwritten digits
#![forbid(unsafe_code)]
