//! What an error says.

use std::fmt::{self, Display, Formatter};

use super::Error;
use crate::ir::{DynShape, MAX_RANK};
use crate::mapped::mapped;

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShapeMismatch { what, found, expected } => {
                write!(f, "{what} has shape {found:?}, expected {expected:?}")
            }
            Self::LengthMismatch { what, found, expected } => {
                write!(f, "{what} has {found} elements, expected {expected}")
            }
            Self::RankMismatch { what, found, expected } => {
                write!(f, "{what} has shape {found}, expected {expected} axes")
            }
            Self::LabelTooLarge { label, position, classes } => {
                write!(f, "the label {label} at position {position} must be below {classes}")
            }
            Self::GraphText { line, reason } => write!(f, "line {line} of the graph: {reason}"),
            Self::Rule { node, op, operands, rule } => {
                write!(f, "node {node}: {op} of {}: {rule}", display_list(operands))
            }
            Self::Call { name, reason } => write!(f, "{name}: {reason}"),
            Self::Operand { node, op, operand } => {
                write!(f, "node {node}: {op} has the operand {operand}, which does not come before it")
            }
            Self::Export { module, reason } => write!(f, "module `{module}`: {reason}"),
            Self::Onnx { model, reason } => write!(f, "{model}: {reason}"),
            #[cfg(feature = "pjrt")]
            Self::Device(error) => error.fmt(f),
            Self::TooManyAxes { what, found } => write!(f, "{what} has {found} axes, at most {MAX_RANK} are possible"),
            Self::StaleRef { found, recording } => write!(
                f,
                "the ref belongs to recording {found}, this is recording {recording}: refs end with `reset_tape`"
            ),
            Self::StaleGradients { found, recording } => {
                write!(f, "the gradients belong to recording {found}, this is recording {recording}")
            }
            Self::LeafAfterNode { nodes } => write!(
                f,
                "a leaf after {nodes} nodes: inputs and parameters come before all operations; `reset_tape` begins anew"
            ),
            Self::NotALeaf { id } => write!(f, "{id} is a node, not a leaf"),
            Self::NoSuchValue { id, count } => write!(f, "there is no value {id}: the recording has {count} values"),
            Self::NonFinite { op, node } => write!(f, "{op} at {node} gave a value that is not finite"),
            Self::IndexOutOfRange { op, node, index, position, size } => {
                write!(f, "{op} at {node}: the index {index} at position {position} must be below {size}")
            }
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::FileMissing { directory, name } => {
                write!(f, "{}: holds neither {name} nor {name}.gz", directory.display())
            }
            Self::Gzipped { path } => {
                write!(f, "{}: is gzipped: the feature `gzip` of `session` reads such files", path.display())
            }
            Self::Truncated { path, found, expected } => {
                write!(f, "{}: truncated: {found} bytes where its header says {expected}", path.display())
            }
            Self::TrailingBytes { path, expected } => {
                write!(f, "{}: goes on after the {expected} bytes that its header says", path.display())
            }
            Self::NotIdx { path, found, expected_axes } => write!(
                f,
                "{}: not an IDX file of bytes: starts with {found:02x?}, expected [00, 00, 08, {expected_axes:02x}]",
                path.display()
            ),
            Self::CountMismatch { images, image_count, labels, label_count } => write!(
                f,
                "{} holds {image_count} images, {} holds {label_count} labels",
                images.display(),
                labels.display()
            ),
            Self::LabelOutOfRange { path, label, position, classes } => {
                write!(f, "{}: label {label} at position {position}, expected a label below {classes}", path.display())
            }
            Self::NotSafetensors { path, reason } => write!(f, "{}: not a safetensors file: {reason}", path.display()),
            Self::TensorMissing { path, tensor, present } => {
                write!(f, "{}: no tensor `{tensor}`; it holds {present:?}", path.display())
            }
            Self::TensorName { path, tensor } => write!(
                f,
                "{}: two tensors are named `{tensor}`, or the format keeps this name for itself",
                path.display()
            ),
            Self::TensorUnexpected { path, tensor, shape, expected } => write!(
                f,
                "{}: holds the tensor `{tensor}` of shape {shape:?}, which belongs to none of {expected:?}",
                path.display()
            ),
            Self::ParameterUnnamed { position, shape } => {
                write!(f, "parameter {position} of shape {shape} has no name: give it one with `Param::named`")
            }
            Self::ParameterUnlisted { name, shape } => write!(
                f,
                "the optimiser has state of parameter `{name}` of shape {shape}, which is not among those to be saved"
            ),
            Self::NotCheckpoint { path, reason } => write!(f, "{}: not a checkpoint: {reason}", path.display()),
            Self::OptimizerMismatch { path, found, expected } => {
                write!(f, "{}: is a checkpoint of the optimiser `{found}`, expected `{expected}`", path.display())
            }
            Self::DtypeMismatch { path, tensor, found, expected } => {
                write!(f, "{}: tensor `{tensor}` has dtype {found}, expected {expected}", path.display())
            }
        }
    }
}

fn display_list(shapes: &[DynShape]) -> String {
    let shapes: Vec<String> = mapped(shapes, DynShape::to_string);
    if shapes.is_empty() { "nothing".to_owned() } else { shapes.join(" and ") }
}
