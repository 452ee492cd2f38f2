//! The graph as plain data.

mod shape;

pub use shape::{DynShape, MAX_RANK};
