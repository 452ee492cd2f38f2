//! Everything that can go wrong with data, as one enum.

use std::path::PathBuf;

use crate::ir::DynShape;

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
