//! The parameters of a recording. The next recording mostly uses the same ones: what is known of them then is not read
//! again, which takes locks.

use std::sync::Arc;

use super::State;
use crate::Error;
use crate::ir::Id;
use crate::param::Cell;
use crate::reference::Raw;
use crate::scalar::Float;
use crate::tensor::storage::Storage;

/// What is known of the parameters.
pub(super) struct Known<T: Float> {
    /// What was read of each that is used.
    read: Vec<Read>,
    /// Those of the recording before, the last one first.
    before: Vec<Before<T>>,
    /// How many values the last step has given so far.
    given: usize,
}

impl<T: Float> Default for Known<T> {
    fn default() -> Self {
        Self { read: Vec::new(), before: Vec::new(), given: 0 }
    }
}

impl<T: Float> Known<T> {
    /// No further parameter is used: what is not used again is not kept alive.
    pub(super) fn forget(&mut self) {
        self.before.clear();
    }
}

/// What was read of a parameter for its leaf, beside the value.
struct Read {
    /// The version of the value, and that of the name.
    version: u64,
    renames: u64,
    name: Option<Arc<str>>,
}

/// A parameter of the recording before.
struct Before<T: Float> {
    cell: Arc<Cell<T>>,
    read: Read,
    value: Storage<T>,
}

impl<T: Float> State<T> {
    /// Takes the leaves out of the recording, and keeps what is known of those that are parameters.
    pub(super) fn reset_parameters(&mut self) {
        let Self { leaves, used, known: Known { read, before, given }, .. } = self;
        before.clear();
        while let Some(value) = leaves.pop() {
            if let Some((_, cell)) = used.pop_if(|(leaf, _)| leaf.index() == leaves.len()) {
                let read = read.pop().expect("each parameter was read");
                before.push(Before { cell, read, value });
            }
        }
        *given = 0;
    }

    /// Adds a leaf that is the parameter.
    #[inline(never)]
    pub(super) fn add_parameter(&mut self, cell: &Arc<Cell<T>>) -> Result<Raw, Error> {
        // First the versions: what is replaced in between is read again the next time.
        let (version, renames) = (cell.version(), cell.renames());
        let before = self.known.before.pop().filter(|before| Arc::ptr_eq(&before.cell, cell));
        let (cell, value, name) = match before {
            Some(Before { cell, read, value }) if read.renames == renames => {
                let value = if read.version == version { value } else { self.present(&cell) };
                (cell, value, read.name)
            }
            _ => {
                let (value, name) = cell.value_and_name();
                (Arc::clone(cell), value, name)
            }
        };
        let leaf = self.add_leaf(cell.shape(), cell.axis_names(), value, name.clone())?;
        self.used.push((Id::new(leaf.index()), cell));
        self.known.read.push(Read { version, renames, name });
        Ok(leaf)
    }

    /// The present value of a parameter, which the last step may know.
    fn present(&mut self, cell: &Arc<Cell<T>>) -> Storage<T> {
        let given = &mut self.known.given;
        let present = self.recorded.last().and_then(|recorded| recorded.present(*given, cell));
        let Some(present) = present else { return cell.value() };
        *given += 1;
        present.clone()
    }
}
