//! The graph as plain data.
//!
//! A [`Graph`] is a list of leaves, an environment of natural-number inputs, and a list of nodes in
//! single static assignment: every [`Node`] applies one [`Op`] to values with smaller ids. The table
//! of operations is in [`op`]; their rules (shape, value, derivatives) are in [`crate::ops`]. The
//! text form prints with `Display` and parses back to an equal graph.

mod attribute;
mod digest;
mod dot;
mod graph;
mod layout;
pub mod op;
mod retraced;
#[cfg(feature = "serde")]
mod serde;
mod shape;
mod svg;
mod text;

pub use attribute::{Data, Literal};
pub use digest::Digest;
pub(crate) use digest::KeyHasher;
pub use graph::{Graph, Id, MAX_OPERANDS, NatId, Node, Operands};
pub use op::Op;
pub(crate) use shape::checked_elements;
pub use shape::{DynShape, MAX_RANK, PerAxis, PerSpatialAxis};
pub(crate) use text::parse;
