//! The macros where nothing helps them: the crate has another name, no prelude is in scope, and the names that an
//! expansion might mean are taken by other things. Warnings are errors; clippy goes over it with the workspace.
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

pub mod functions;
pub mod models;
pub mod taken;

#[cfg(test)]
mod tests;
