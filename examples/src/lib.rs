//! The examples of the session crate.
//!
//! * `cargo run --release --example mnist`: a convolutional network learns handwritten digits.
