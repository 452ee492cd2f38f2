//! Models written by hand: what `#[derive(Model)]` and `graph!` write is to the same interface.

mod binding;
mod files;
mod network;
mod parameters;
