//! The imperative face: a [`Session`] records operations as they are called.
//!
//! ```text
//! session.rs            what a session is, its values, and the one non-generic push
//! session/leaves.rs     leaves, parameters, natural numbers and constants
//! session/state.rs      how a recording grows, and how its values are computed
//! session/options.rs    how a session works
//! session/record/       the operations as typed methods, one file a family
//! session/used.rs       the parameters of a recording
//! session/untyped.rs    shapes known only at run time: the builder of the recording, values in and out
//! session/request.rs    what can be asked of a recording, compiled to tapes, and the cache of these
//! session/gradients.rs  reverse mode
//! session/tangents.rs   forward mode and Hessian times vector
//! session/derived.rs    derivatives as values of the recording
//! session/step.rs       training steps: forward, reverse and update in one tape
//! session/recorded.rs   those that are recorded anew
//! session/trained.rs    the parameters of both, from one step to the next
//! session/step/device.rs  the same on the devices of a plugin
//! session/inputs.rs     new inputs of a compiled step
//! session/replay.rs     a recording that runs again: what steps and functions have in common
//! session/function.rs   a recording as a function
//! session/bound.rs      which leaf stands for a parameter
//! ```
//!
//! Recording is cheap and runs nothing. The first request for a value or a gradient compiles the
//! recording to a tape; recording the same operations again finds that tape and its memory.

mod bound;
mod derived;
#[cfg(feature = "stablehlo")]
mod export;
pub mod function;
mod gradients;
mod inputs;
mod leaves;
#[cfg(feature = "onnx")]
mod onnx;
mod options;
mod record;
mod recorded;
mod replay;
mod request;
mod state;
mod step;
mod tangents;
mod trained;
mod untyped;
mod used;
mod verify;

use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use shapes::Shape;

use bound::Bound;
pub use gradients::{DenseGrads, Gradients, ParamGrads};
pub use inputs::{Binding, Inputs, StepInput};
pub use options::{Backend, Options};
pub use record::Mask;
use recorded::Recorded;
use request::{Cache, Request};
pub use step::Step;
#[cfg(feature = "pjrt")]
pub use step::device::DeviceStep;
use used::Known;

use crate::Error;
use crate::builder::GraphBuilder;
use crate::ir::{DynShape, Graph, Id, NatId, Op};
use crate::kernels::Processor;
use crate::param::Cell;
use crate::random::Rng;
pub use crate::reference::{NatRef, NatTensorRef, NatVecRef, TensorRef};
use crate::reference::{Raw, Stamp};
use crate::scalar::Float;
use crate::tape::Tape;
use crate::tensor::storage::Storage;
use crate::tensor::{DynTensor, Tensor};

/// A recording of operations with typed shapes, and what can be asked of it.
///
/// One thread uses a session at a time (`Send`, not `Sync`).
///
/// # Panics
/// Operations panic at the caller's line if a ref belongs to another recording, if the result has too many
/// elements to count, or if the recording is full (2^24 values). [`new`](Self::new) panics if the system
/// gives no thread, and [`rng`](Self::rng) while the generator is already borrowed.
///
/// ```
/// use session::prelude::*;
///
/// let s = Session::<f32>::new(Options::default());
/// let w = Param::new(Tensor::<f32, shape![1, 2]>::from_array([[2.0, -1.0]]));
/// let b = Param::new(Tensor::<f32, shape![1]>::zeros());
///
/// let (wr, br) = (s.use_param(&w)?, s.use_param(&b)?);
/// let x = s.input(Tensor::<f32, shape![2]>::from_array([3.0, 4.0]))?;
/// let y = s.linear(wr, br, x);
/// let loss = s.sum(s.mul(y, y));
/// assert_eq!(s.value(loss)?.value(), 4.0);
///
/// let grads = s.backward_params(loss)?;
/// s.sgd_step_all(0.1, &grads)?;
/// assert_eq!(b.value().to_vec(), [-0.4]);
/// # Ok::<(), session::Error>(())
/// ```
pub struct Session<T: Float = f32> {
    state: RefCell<State<T>>,
    rng: RefCell<Rng>,
}

/// What the recording is made of. Everything here is free of shape types.
struct State<T: Float> {
    options: Options,
    processor: Arc<Processor>,
    stamp: Stamp,
    /// The graph, and the natural numbers.
    builder: GraphBuilder,
    leaves: Vec<Storage<T>>,
    /// How many lists of natural numbers are inputs: those that operations capture come later.
    natural_inputs: usize,
    /// The values of the constant nodes, in order.
    constants: Vec<Storage<T>>,
    /// The index operations: node, natural-number input, bound.
    indexed: Vec<(Id, NatId, usize)>,
    /// The parameters behind leaves, in order.
    used: Vec<(Id, Arc<Cell<T>>)>,
    known: Known<T>,
    bound: Bound,
    kept: Vec<Id>,
    /// The masks of attention that are inputs already, so that one mask of many layers is one input.
    masks: Vec<(Arc<[usize]>, NatId)>,
    /// What the last training steps were made of, the last one last.
    recorded: Vec<Recorded<T>>,
    /// Values that runs of this recording have given.
    values: HashMap<Id, Storage<T>>,
    /// The first value that an eager session found not to be finite.
    non_finite: Option<Id>,
    /// Whether natural numbers have changed since the values of an eager session were computed.
    stale: bool,
    cache: Cache<T>,
}

/// A recording as plain data.
#[derive(Clone, Debug)]
pub struct Snapshot<T: Float> {
    /// The graph.
    pub graph: Graph,
    /// The values of its leaves.
    pub leaves: Vec<DynTensor<T>>,
    /// Its natural numbers.
    pub naturals: Vec<Vec<usize>>,
}

/// Beginning.
impl<T: Float> Session<T> {
    /// An empty session.
    #[inline(never)]
    pub fn new(options: Options) -> Self {
        let rng = RefCell::new(Rng::new(options.seed));
        let stamp = Stamp::next();
        let state = State {
            processor: Arc::new(Processor::new(options.threads)),
            options,
            stamp,
            builder: GraphBuilder::lent(stamp),
            leaves: Vec::new(),
            natural_inputs: 0,
            constants: Vec::new(),
            indexed: Vec::new(),
            used: Vec::new(),
            known: Known::default(),
            bound: Bound::default(),
            kept: Vec::new(),
            masks: Vec::new(),
            recorded: Vec::new(),
            values: HashMap::new(),
            non_finite: None,
            stale: false,
            cache: Cache::default(),
        };
        Self { state: RefCell::new(state), rng }
    }

    #[inline(never)]
    fn stamp(&self) -> Stamp {
        self.state.borrow().stamp
    }

    /// The session's random numbers, seeded by [`Options::seed`].
    pub fn rng(&self) -> RefMut<'_, Rng> {
        self.rng.borrow_mut()
    }

    /// Begins a new recording: leaves, nodes and natural numbers are dropped, parameters keep their
    /// values, and refs of the old recording are refused from now on. Compiled tapes stay.
    #[inline(never)]
    pub fn reset_tape(&self) {
        self.state.borrow_mut().reset();
    }
}

/// What is recorded, and its values.
impl<T: Float> Session<T> {
    /// The graph recorded so far.
    pub fn graph(&self) -> Graph {
        self.state.borrow().builder.graph.clone()
    }

    /// Graph, leaf values and natural numbers as plain data.
    #[inline(never)]
    pub fn snapshot(&self) -> Snapshot<T> {
        let state = self.state.borrow();
        let shapes = state.builder.graph.leaves().iter();
        let leaves = shapes.zip(&state.leaves).map(|(&shape, leaf)| DynTensor::from_storage(shape, leaf.clone()));
        Snapshot {
            graph: state.builder.graph.clone(),
            leaves: leaves.collect(),
            naturals: state.builder.naturals.clone(),
        }
    }

    /// The tape of the recording: its outputs are all values, in id order.
    #[inline(never)]
    pub fn compile(&self) -> Tape<T> {
        let state = self.state.borrow();
        let ids: Vec<Id> = state.builder.graph.ids().collect();
        Tape::compile_on(Arc::clone(&state.processor), &state.builder.graph, &ids, &[])
    }

    /// How many tapes were compiled for requests so far: tests see by it that one was found again.
    #[doc(hidden)]
    pub fn compiled_tapes(&self) -> usize {
        self.state.borrow().cache.compiled
    }

    /// A typed ref from a raw id of this recording.
    ///
    /// # Errors
    /// [`Error::NoSuchValue`] or [`Error::ShapeMismatch`].
    pub fn typed<S: Shape>(&self, id: Id) -> Result<TensorRef<S>, Error> {
        self.of_shape(id, DynShape::of::<S>()).map(TensorRef::new)
    }

    #[inline(never)]
    fn of_shape(&self, id: Id, expected: DynShape) -> Result<Raw, Error> {
        let state = self.state.borrow();
        if id.index() >= state.builder.graph.len() {
            return Err(Error::NoSuchValue { id, count: state.builder.graph.len() });
        }
        let found = state.builder.graph.shape(id);
        if expected != found {
            return Err(Error::shape(format!("value {id}"), &expected, &found));
        }
        Ok(Raw::new(id.index(), state.stamp))
    }

    /// Makes every run of this recording keep the value of `x`, so that [`value`](Self::value) reads it.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording.
    pub fn keep<S>(&self, x: TensorRef<S>) -> Result<TensorRef<S>, Error> {
        self.keep_raw(x.raw()).map(|()| x)
    }

    #[inline(never)]
    fn keep_raw(&self, x: Raw) -> Result<(), Error> {
        let state = &mut *self.state.borrow_mut();
        let id = state.check(x)?;
        if !state.kept.contains(&id) {
            state.kept.push(id);
        }
        Ok(())
    }

    /// The value of `x`: of a leaf, of a kept value that a run has given, or by running the tape to `x`,
    /// once per recording and change of natural numbers.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording, [`Error::IndexOutOfRange`] for an index out of
    /// range, [`Error::NonFinite`] in an eager session that stops at what is not finite.
    pub fn value<S: Shape>(&self, x: TensorRef<S>) -> Result<Tensor<T, S>, Error> {
        self.value_raw(x.raw()).map(Tensor::from_storage)
    }

    #[inline(never)]
    fn value_raw(&self, x: Raw) -> Result<Storage<T>, Error> {
        let state = &mut *self.state.borrow_mut();
        let id = state.check(x)?;
        state.value_of(id)
    }

    /// Records an operation whose types are checked.
    #[track_caller]
    fn push<S>(&self, op: impl Into<Op>, operands: &[Raw]) -> TensorRef<S> {
        TensorRef::new(self.push_op(op.into(), operands))
    }

    #[inline(never)]
    #[track_caller]
    fn push_op(&self, op: Op, operands: &[Raw]) -> Raw {
        let state = &mut *self.state.borrow_mut();
        let mut ids = [Id::default(); crate::ir::MAX_OPERANDS];
        state.expect_all(operands, &mut ids);
        state.push(&op, &ids[..operands.len()])
    }

    #[inline(never)]
    #[track_caller]
    fn shape(&self, x: Raw) -> DynShape {
        let state = self.state.borrow();
        state.builder.graph.shape(state.expect(x))
    }

    #[track_caller]
    fn last_axis(&self, x: Raw) -> usize {
        self.shape(x).len().saturating_sub(1)
    }

    #[inline(never)]
    #[track_caller]
    fn natural(&self, natural: Raw) -> NatId {
        let state = self.state.borrow();
        match state.stamp.check(natural.stamp()) {
            Ok(()) => NatId::new(natural.index()),
            Err(error) => refuse(&error),
        }
    }
}

/// The panic of an operation that is wrong.
#[cold]
#[track_caller]
fn refuse(error: &Error) -> ! {
    panic!("{error}")
}

/// What is said when a recording can hold no more.
const FULL: &str = "a recording holds at most 2^24 values; reset_tape begins a new one";

impl<T: Float> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        write!(f, "Session<{}> recording\n{}", std::any::type_name::<T>(), state.builder.graph)
    }
}
