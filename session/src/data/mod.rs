//! Data sets: files in, typed batches out.

mod batches;
pub mod idx;
mod mnist;
mod prepend;

pub use batches::{Batches, Dataset, PaddedBatches};
pub use mnist::{Digit, Mnist};
pub use prepend::Prepend;
