//! Models of [ONNX](https://onnx.ai): inference graphs written and read, with the feature `onnx`.
//!
//! [`Function::to_onnx`](crate::Function::to_onnx) writes a compiled function with the values of its parameters;
//! [`Export`] writes any graph. [`Import`] reads a model back, as a graph with the values of its leaves, or as a typed
//! [`Function`](crate::Function).
//!
//! ```text
//! onnx/mod.rs      what both directions share: the versions
//! onnx/message.rs  the messages of a file, written out by hand: no compiler of protocol buffers is needed
//! onnx/export/     a rule for each operation of the table: what it is in ONNX
//! onnx/import/     a rule for each operation of ONNX that is read: what it is in a graph
//! ```
//!
//! What a model means is what the graph means, up to rounding: the order of sums and the last bits of `exp` and its like
//! are the engine's. docs/onnx.md says what is written, what is read and what was checked.

mod export;
mod import;
mod message;

pub use export::Export;
pub use import::{Argument, Import, Instance};

/// The version of the operators of a model that is written.
const OPSET: i64 = 21;

/// The version of the format, which belongs to that of the operators.
const IR_VERSION: i64 = 10;
