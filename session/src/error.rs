//! Everything that can go wrong with data, as one enum.

use std::path::PathBuf;

use crate::ir::{DynShape, Id};

/// What is wrong, with what, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Data whose shape is not the one asked for.
    #[error("{what} has shape {found}, expected {expected}")]
    ShapeMismatch {
        /// What has the wrong shape.
        what: String,
        /// The shape asked for.
        expected: DynShape,
        /// The shape found.
        found: DynShape,
    },
    /// A list whose length is not the one asked for.
    #[error("{what} has {found} elements, expected {expected}")]
    LengthMismatch {
        /// What has the wrong length.
        what: String,
        /// The length asked for.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// A text that is not a graph.
    #[error("line {line} of the graph: {reason}")]
    GraphText {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An operation applied to operands that its shape rule refuses.
    #[error("node {node}: {op} of {}: {rule}", display_list(operands))]
    Rule {
        /// The name of the operation.
        op: &'static str,
        /// The value the node would have been.
        node: Id,
        /// The shapes of the operands.
        operands: Vec<DynShape>,
        /// The rule that does not hold.
        rule: String,
    },
    /// A node that refers to itself or to a later node.
    #[error("node {node}: {op} has the operand {operand}, which does not come before it")]
    Operand {
        /// The name of the operation.
        op: &'static str,
        /// The node.
        node: Id,
        /// The operand.
        operand: Id,
    },
    /// A file that could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

fn display_list(shapes: &[DynShape]) -> String {
    let shapes: Vec<String> = shapes.iter().map(DynShape::to_string).collect();
    if shapes.is_empty() { "nothing".to_owned() } else { shapes.join(" and ") }
}
