//! Everything that can go wrong with data, as one enum.

mod message;

use std::path::PathBuf;

use crate::ir::{DynShape, Id};
use crate::verify::Mismatch;

/// What is wrong, with what, and where.
///
/// Shapes are lists of sizes, since what a file holds need not be a shape of this library.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Data whose shape is not the one asked for.
    ShapeMismatch {
        /// What has the wrong shape.
        what: String,
        /// The shape asked for.
        expected: Vec<usize>,
        /// The shape found.
        found: Vec<usize>,
    },
    /// A list whose length is not the one asked for.
    LengthMismatch {
        /// What has the wrong length.
        what: String,
        /// The length asked for.
        expected: usize,
        /// The length found.
        found: usize,
    },

    /// A tensor with another number of axes than asked for.
    RankMismatch {
        /// What has the wrong number of axes.
        what: String,
        /// The number asked for.
        expected: usize,
        /// The shape found.
        found: DynShape,
    },
    /// A label that is no class of the logits it goes with.
    LabelTooLarge {
        /// The position of the label, from 0.
        position: usize,
        /// The label.
        label: usize,
        /// The number of classes.
        classes: usize,
    },

    /// A text that is not a graph.
    GraphText {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An operation applied to operands that its shape rule refuses.
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
    /// An operation called by name, or an input, with something missing or of another kind.
    Call {
        /// The name that was called.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A node that refers to itself or to a later node.
    Operand {
        /// The name of the operation.
        op: &'static str,
        /// The node.
        node: Id,
        /// The operand.
        operand: Id,
    },
    /// A graph that cannot be written for another engine.
    Export {
        /// The name of the module.
        module: String,
        /// What is wrong.
        reason: String,
    },
    /// A model of ONNX that cannot be read.
    Onnx {
        /// The file, or what the model was called.
        model: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// What a device says, or the plugin of one.
    #[cfg(feature = "pjrt")]
    Device(session_pjrt::Error),
    /// More axes than a shape can have.
    TooManyAxes {
        /// What has too many axes.
        what: String,
        /// How many it has.
        found: usize,
    },

    /// A reference of another recording.
    StaleRef {
        /// The present recording.
        recording: u64,
        /// The recording of the reference.
        found: u64,
    },
    /// Gradients of another recording.
    StaleGradients {
        /// The present recording.
        recording: u64,
        /// The recording of the gradients.
        found: u64,
    },
    /// A leaf after a node.
    LeafAfterNode {
        /// The number of nodes recorded so far.
        nodes: usize,
    },
    /// A node where a leaf is asked for.
    NotALeaf {
        /// The value.
        id: Id,
    },
    /// An id that no value has.
    NoSuchValue {
        /// The id.
        id: Id,
        /// The number of values.
        count: usize,
    },
    /// A value that is not finite, in an eager session that stops at these.
    NonFinite {
        /// The name of the operation.
        op: &'static str,
        /// Its node.
        node: Id,
    },
    /// An index that is not below its bound.
    IndexOutOfRange {
        /// The name of the operation.
        op: &'static str,
        /// Its node.
        node: Id,
        /// The position among the indices.
        position: usize,
        /// The index.
        index: usize,
        /// The bound.
        size: usize,
    },

    /// What runs is not what was meant.
    Mismatch(Box<Mismatch>),

    /// A file that could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is found neither plain nor gzipped.
    FileMissing {
        /// Where the file was looked for.
        directory: PathBuf,
        /// Its name.
        name: &'static str,
    },
    /// A gzipped file, where the feature that reads them is off.
    Gzipped {
        /// The file.
        path: PathBuf,
    },
    /// A file that ends too early.
    Truncated {
        /// The file.
        path: PathBuf,
        /// The number of bytes by the header, the header included.
        expected: u64,
        /// The number of bytes in the file.
        found: u64,
    },
    /// A file that goes on after its end.
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// The number of bytes by the header, the header included.
        expected: u64,
    },

    /// A file that does not start as an IDX file of bytes does.
    NotIdx {
        /// The file.
        path: PathBuf,
        /// The number of axes asked for: the last byte expected.
        expected_axes: u8,
        /// The first four bytes found.
        found: [u8; 4],
    },
    /// Two files that should describe the same items.
    CountMismatch {
        /// The file of images.
        images: PathBuf,
        /// How many it holds.
        image_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// How many it holds.
        label_count: usize,
    },
    /// A label that names no class.
    LabelOutOfRange {
        /// The file.
        path: PathBuf,
        /// The position of the label, from 0.
        position: usize,
        /// The label.
        label: usize,
        /// The number of classes.
        classes: usize,
    },

    /// A file that is not in the safetensors format.
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A tensor that a file does not hold.
    TensorMissing {
        /// The file.
        path: PathBuf,
        /// The tensor asked for.
        tensor: String,
        /// The tensors in the file.
        present: Vec<String>,
    },
    /// A tensor that cannot be saved under its name.
    TensorName {
        /// The file.
        path: PathBuf,
        /// The name.
        tensor: String,
    },
    /// A tensor of a checkpoint that nothing asks for.
    TensorUnexpected {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The names of the parameters.
        expected: Vec<String>,
    },
    /// A parameter without a name where names tell parameters apart.
    ParameterUnnamed {
        /// Its position in the list, from 0.
        position: usize,
        /// Its shape.
        shape: DynShape,
    },
    /// A parameter that an optimiser updates and that is not in the list to be saved with it.
    ParameterUnlisted {
        /// Its name, or `unnamed`.
        name: String,
        /// Its shape.
        shape: DynShape,
    },
    /// A safetensors file that is not a checkpoint.
    NotCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint of another optimiser.
    OptimizerMismatch {
        /// The file.
        path: PathBuf,
        /// The kind of the optimiser at hand.
        expected: String,
        /// The kind in the file.
        found: String,
    },
    /// A tensor of a file whose numbers are of another type than asked for.
    DtypeMismatch {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The type asked for.
        expected: &'static str,
        /// The type found.
        found: String,
    },
}

impl Error {
    pub(crate) fn shape(what: impl Into<String>, expected: &[usize], found: &[usize]) -> Self {
        Self::ShapeMismatch { what: what.into(), expected: expected.to_vec(), found: found.to_vec() }
    }

    /// For `map_err` on whatever touches a file.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

impl From<Box<Mismatch>> for Error {
    fn from(mismatch: Box<Mismatch>) -> Self {
        Self::Mismatch(mismatch)
    }
}

#[cfg(feature = "pjrt")]
impl From<session_pjrt::Error> for Error {
    fn from(error: session_pjrt::Error) -> Self {
        Self::Device(error)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            #[cfg(feature = "pjrt")]
            Self::Device(source) => Some(source),
            _ => None,
        }
    }
}
