//! What an optimiser needs.

pub mod schedule;
