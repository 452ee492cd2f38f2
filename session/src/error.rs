//! Everything that can go wrong with data, as one enum.

use std::path::PathBuf;

use crate::ir::{DynShape, Id};

/// What is wrong, with what, and where.
///
/// Shapes are lists of sizes, since what a file holds need not be a shape of this library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Data whose shape is not the one asked for.
    #[error("{what} has shape {found:?}, expected {expected:?}")]
    ShapeMismatch {
        /// What has the wrong shape.
        what: String,
        /// The shape asked for.
        expected: Vec<usize>,
        /// The shape found.
        found: Vec<usize>,
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

    /// A tensor with another number of axes than asked for.
    #[error("{what} has shape {found}, expected {expected} axes")]
    RankMismatch {
        /// What has the wrong number of axes.
        what: String,
        /// The number asked for.
        expected: usize,
        /// The shape found.
        found: DynShape,
    },
    /// A label that is no class of the logits it goes with.
    #[error("the label {label} at position {position} must be below {classes}")]
    LabelTooLarge {
        /// The position of the label, from 0.
        position: usize,
        /// The label.
        label: usize,
        /// The number of classes.
        classes: usize,
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
    /// An operation called by name, or an input, with something missing or of another kind.
    #[error("{name}: {reason}")]
    Call {
        /// The name that was called.
        name: String,
        /// What is wrong.
        reason: String,
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
    /// More axes than a shape can have.
    #[error("{what} has {found} axes, at most {} are possible", crate::ir::MAX_RANK)]
    TooManyAxes {
        /// What has too many axes.
        what: String,
        /// How many it has.
        found: usize,
    },

    /// A reference of another recording.
    #[error("the ref belongs to recording {found}, this is recording {recording}: refs end with `reset_tape`")]
    StaleRef {
        /// The present recording.
        recording: u64,
        /// The recording of the reference.
        found: u64,
    },
    /// Gradients of another recording.
    #[error("the gradients belong to recording {found}, this is recording {recording}")]
    StaleGradients {
        /// The present recording.
        recording: u64,
        /// The recording of the gradients.
        found: u64,
    },
    /// A leaf after a node.
    #[error("a leaf after {nodes} nodes: inputs and parameters come before all operations; `reset_tape` begins anew")]
    LeafAfterNode {
        /// The number of nodes recorded so far.
        nodes: usize,
    },
    /// A node where a leaf is asked for.
    #[error("{id} is a node, not a leaf")]
    NotALeaf {
        /// The value.
        id: Id,
    },
    /// An id that no value has.
    #[error("there is no value {id}: the recording has {count} values")]
    NoSuchValue {
        /// The id.
        id: Id,
        /// The number of values.
        count: usize,
    },
    /// A value that is not finite, in an eager session that stops at these.
    #[error("{op} at {node} gave a value that is not finite")]
    NonFinite {
        /// The name of the operation.
        op: &'static str,
        /// Its node.
        node: Id,
    },
    /// An index that is not below its bound.
    #[error("{op} at {node}: the index {index} at position {position} must be below {size}")]
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
    #[error(transparent)]
    Mismatch(#[from] Box<crate::verify::Mismatch>),

    /// A file that could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A file that is found neither plain nor gzipped.
    #[error("{}: holds neither {name} nor {name}.gz", directory.display())]
    FileMissing {
        /// Where the file was looked for.
        directory: PathBuf,
        /// Its name.
        name: &'static str,
    },
    /// A file that ends too early.
    #[error("{}: truncated: {found} bytes where its header says {expected}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The number of bytes by the header, the header included.
        expected: u64,
        /// The number of bytes in the file.
        found: u64,
    },
    /// A file that goes on after its end.
    #[error("{}: goes on after the {expected} bytes that its header says", path.display())]
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// The number of bytes by the header, the header included.
        expected: u64,
    },

    /// A file that does not start as an IDX file of bytes does.
    #[error(
        "{}: not an IDX file of bytes: starts with {found:02x?}, expected [00, 00, 08, {axes:02x}]",
        path.display(), axes = expected_axes
    )]
    NotIdx {
        /// The file.
        path: PathBuf,
        /// The number of axes asked for: the last byte expected.
        expected_axes: u8,
        /// The first four bytes found.
        found: [u8; 4],
    },
    /// Two files that should describe the same items.
    #[error("{} holds {image_count} images, {} holds {label_count} labels", images.display(), labels.display())]
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
    #[error("{}: label {label} at position {position}, expected a label below {classes}", path.display())]
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
    #[error("{}: not a safetensors file: {reason}", path.display())]
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A tensor that a file does not hold.
    #[error("{}: no tensor `{tensor}`; it holds {present:?}", path.display())]
    TensorMissing {
        /// The file.
        path: PathBuf,
        /// The tensor asked for.
        tensor: String,
        /// The tensors in the file.
        present: Vec<String>,
    },
    /// A tensor that cannot be saved under its name.
    #[error("{}: two tensors are named `{tensor}`, or the format keeps this name for itself", path.display())]
    TensorName {
        /// The file.
        path: PathBuf,
        /// The name.
        tensor: String,
    },
    /// A tensor of a checkpoint that nothing asks for.
    #[error("{}: holds the tensor `{tensor}` of shape {shape:?}, which belongs to none of {expected:?}", path.display())]
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
    #[error("parameter {position} of shape {shape} has no name: give it one with `Param::named`")]
    ParameterUnnamed {
        /// Its position in the list, from 0.
        position: usize,
        /// Its shape.
        shape: DynShape,
    },
    /// A parameter that an optimiser updates and that is not in the list to be saved with it.
    #[error("the optimiser has state of parameter `{name}` of shape {shape}, which is not among those to be saved")]
    ParameterUnlisted {
        /// Its name, or `unnamed`.
        name: String,
        /// Its shape.
        shape: DynShape,
    },
    /// A safetensors file that is not a checkpoint.
    #[error("{}: not a checkpoint: {reason}", path.display())]
    NotCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint of another optimiser.
    #[error("{}: is a checkpoint of the optimiser `{found}`, expected `{expected}`", path.display())]
    OptimizerMismatch {
        /// The file.
        path: PathBuf,
        /// The kind of the optimiser at hand.
        expected: String,
        /// The kind in the file.
        found: String,
    },
    /// A tensor of a file whose numbers are of another type than asked for.
    #[error("{}: tensor `{tensor}` has dtype {found}, expected {expected}", path.display())]
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

fn display_list(shapes: &[DynShape]) -> String {
    let shapes: Vec<String> = shapes.iter().map(DynShape::to_string).collect();
    if shapes.is_empty() { "nothing".to_owned() } else { shapes.join(" and ") }
}
