//! The imperative face: a [`Session`] records operations as they are called.
//!
//! ```text
//! session.rs            leaves, naturals, values, and the one non-generic push
//! session/options.rs    how a session works
//! session/record/       the operations as typed methods, one file a family
//! session/untyped.rs    shapes known only at run time: the builder of the recording, values in and out
//! session/request.rs    what can be asked of a recording, compiled to tapes, and the cache of these
//! session/gradients.rs  reverse mode
//! session/tangents.rs   forward mode and Hessian times vector
//! session/derived.rs    derivatives as values of the recording
//! session/step.rs       training steps: forward, reverse and update in one tape
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
pub mod function;
mod gradients;
mod inputs;
mod options;
mod record;
mod replay;
mod request;
mod step;
mod tangents;
mod untyped;

use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use shapes::{Dimension, Shape};

use bound::Bound;
pub use gradients::{DenseGrads, Gradients, ParamGrads};
pub use inputs::{Binding, Inputs, StepInput};
pub use options::{Backend, Options};
pub use record::Mask;
use request::{Cache, GraphHasher, Request};
pub use step::Step;

use crate::Error;
use crate::ir::{Data, DynShape, Graph, Id, NatId, Op, PerAxis, op};
use crate::kernels::Processor;
use crate::ops::View;
use crate::param::{Cell, Param};
use crate::random::Rng;
use crate::reference::{MAX_VALUES, Raw, Stamp};
pub use crate::reference::{NatRef, NatTensorRef, NatVecRef, TensorRef};
use crate::scalar::Float;
use crate::tape::{Fast, Kernels, Tape, check_count};
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
    graph: Graph,
    /// The hash of the graph so far.
    hash: GraphHasher,
    leaves: Vec<Storage<T>>,
    naturals: Vec<Vec<usize>>,
    /// The values of the constant nodes, in order.
    constants: Vec<Storage<T>>,
    /// The index operations: node, natural-number input, bound.
    indexed: Vec<(Id, NatId, usize)>,
    /// The parameters behind leaves, in order.
    used: Vec<(Id, Arc<Cell<T>>)>,
    bound: Bound,
    kept: Vec<Id>,
    /// The masks of attention that are inputs already, so that one mask of many layers is one input.
    masks: Vec<(Arc<[usize]>, NatId)>,
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

/// Recording leaves and numbers.
impl<T: Float> Session<T> {
    /// An empty session.
    #[inline(never)]
    pub fn new(options: Options) -> Self {
        let rng = RefCell::new(Rng::new(options.seed));
        let state = State {
            processor: Arc::new(Processor::new(options.threads)),
            options,
            stamp: Stamp::next(),
            graph: Graph::default(),
            hash: GraphHasher::default(),
            leaves: Vec::new(),
            naturals: Vec::new(),
            constants: Vec::new(),
            indexed: Vec::new(),
            used: Vec::new(),
            bound: Bound::default(),
            kept: Vec::new(),
            masks: Vec::new(),
            values: HashMap::new(),
            non_finite: None,
            stale: false,
            cache: Cache::default(),
        };
        Self { state: RefCell::new(state), rng }
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

    /// Adds a differentiable leaf.
    ///
    /// # Errors
    /// [`Error::LeafAfterNode`] once a node exists; nothing is recorded.
    pub fn input<S: Shape>(&self, value: Tensor<T, S>) -> Result<TensorRef<S>, Error> {
        self.leaf(DynShape::of::<S>(), value.into_storage(), None).map(TensorRef::new)
    }

    /// Adds a differentiable leaf with a name for exports; names enter neither equality nor hash.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn input_named<S: Shape>(&self, name: &str, value: Tensor<T, S>) -> Result<TensorRef<S>, Error> {
        self.leaf(DynShape::of::<S>(), value.into_storage(), Some(name.into())).map(TensorRef::new)
    }

    /// Creates a parameter outside the graph: [`Param::new`].
    pub fn param<S: Shape>(&self, init: Tensor<T, S>) -> Param<S, T> {
        Param::new(init)
    }

    /// Copies the current value of a parameter into a new leaf and remembers which parameter it is.
    /// Later changes of the parameter do not reach the leaf.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn use_param<S: Shape>(&self, param: &Param<S, T>) -> Result<TensorRef<S>, Error> {
        self.use_cell(param.cell()).map(TensorRef::new)
    }

    #[inline(never)]
    fn use_cell(&self, cell: &Arc<Cell<T>>) -> Result<Raw, Error> {
        let leaf = self.leaf(cell.shape(), cell.value(), cell.name())?;
        self.state.borrow_mut().used.push((Id::new(leaf.index()), Arc::clone(cell)));
        Ok(leaf)
    }

    /// The leaf that a parameter is, or is made now.
    #[inline(never)]
    pub(crate) fn bind_cell(&self, cell: &Arc<Cell<T>>) -> Result<Raw, Error> {
        let known = self.state.borrow_mut().bound_leaf(cell);
        known.map_or_else(|| self.use_cell(cell), Ok)
    }

    #[inline(never)]
    fn leaf(&self, shape: DynShape, value: Storage<T>, name: Option<Arc<str>>) -> Result<Raw, Error> {
        let state = &mut *self.state.borrow_mut();
        state.check_before_nodes()?;
        assert!(state.graph.len() < MAX_VALUES, "{FULL}");
        let leaf = state.graph.leaf(shape);
        state.hash.leaf(shape);
        if let Some(name) = name {
            state.graph.set_name(leaf, name);
        }
        state.leaves.push(value);
        Ok(Raw::new(leaf.index(), state.stamp))
    }

    /// Adds one natural number, outside differentiation.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn input_nat(&self, number: usize) -> Result<NatRef, Error> {
        self.input_nats::<()>(&[number])
    }

    /// Adds a vector of natural numbers.
    ///
    /// # Errors
    /// As [`input_nats`](Self::input_nats).
    pub fn input_nat_vec<K: Dimension>(&self, numbers: &[usize]) -> Result<NatVecRef<K>, Error> {
        self.input_nats::<(K,)>(numbers)
    }

    /// Adds natural numbers of a shape, row-major.
    ///
    /// # Errors
    /// [`Error::LeafAfterNode`] once a node exists, [`Error::LengthMismatch`] if there is not one number
    /// for each position; nothing is recorded.
    pub fn input_nats<S: Shape>(&self, numbers: &[usize]) -> Result<NatTensorRef<S>, Error> {
        self.add_naturals(DynShape::of::<S>(), S::SIZE, numbers).map(NatTensorRef::new)
    }

    #[inline(never)]
    fn add_naturals(&self, shape: DynShape, count: usize, numbers: &[usize]) -> Result<Raw, Error> {
        let state = &mut *self.state.borrow_mut();
        state.check_before_nodes()?;
        check_count("the list of natural numbers", count, numbers.len())?;
        let natural = state.add_natural(shape, numbers.to_vec());
        Ok(Raw::new(natural.index(), state.stamp))
    }

    /// The present value of one natural number.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording.
    pub fn nat(&self, natural: NatRef) -> Result<usize, Error> {
        self.nats(natural).map(|numbers| numbers[0])
    }

    /// The present values of a vector of natural numbers.
    ///
    /// # Errors
    /// As [`nat`](Self::nat).
    pub fn nat_vec<K>(&self, naturals: NatVecRef<K>) -> Result<Vec<usize>, Error> {
        self.nats(naturals)
    }

    /// The present values of natural numbers, row-major.
    ///
    /// # Errors
    /// As [`nat`](Self::nat).
    pub fn nats<S>(&self, naturals: NatTensorRef<S>) -> Result<Vec<usize>, Error> {
        self.numbers(naturals.raw())
    }

    #[inline(never)]
    fn numbers(&self, naturals: Raw) -> Result<Vec<usize>, Error> {
        let state = self.state.borrow();
        state.stamp.check(naturals.stamp())?;
        Ok(state.naturals[naturals.index()].clone())
    }

    /// Replaces one natural number, also after nodes exist: recorded gathers read the new one.
    ///
    /// # Errors
    /// As [`nat`](Self::nat).
    pub fn set_nat(&self, natural: NatRef, number: usize) -> Result<(), Error> {
        self.set_nats(natural, &[number])
    }

    /// Replaces a vector of natural numbers.
    ///
    /// # Errors
    /// As [`set_nats`](Self::set_nats).
    pub fn set_nat_vec<K>(&self, naturals: NatVecRef<K>, numbers: &[usize]) -> Result<(), Error> {
        self.set_nats(naturals, numbers)
    }

    /// Replaces natural numbers, also after nodes exist.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording, [`Error::LengthMismatch`] for another count.
    pub fn set_nats<S>(&self, naturals: NatTensorRef<S>, numbers: &[usize]) -> Result<(), Error> {
        self.set_numbers(naturals.raw(), numbers)
    }

    #[inline(never)]
    fn set_numbers(&self, naturals: Raw, numbers: &[usize]) -> Result<(), Error> {
        let state = &mut *self.state.borrow_mut();
        state.stamp.check(naturals.stamp())?;
        let list = &mut state.naturals[naturals.index()];
        check_count("the list of natural numbers", list.len(), numbers.len())?;
        list.copy_from_slice(numbers);
        state.values.clear();
        state.non_finite = None;
        state.stale = true;
        Ok(())
    }

    /// A constant: a leaf while no node exists, else a node, out of which no gradient flows. As a leaf it
    /// counts as one everywhere.
    pub fn constant<S: Shape>(&self, value: Tensor<T, S>) -> TensorRef<S> {
        TensorRef::new(self.constant_of(DynShape::of::<S>(), value.into_storage()))
    }

    #[inline(never)]
    fn constant_of(&self, shape: DynShape, value: Storage<T>) -> Raw {
        self.leaf(shape, value.clone(), None).unwrap_or_else(|_| {
            let data = Data::new(value.as_slice().iter().map(|value| value.to_f64()));
            let constant = self.push_op(op::Constant { shape, data }.into(), &[]);
            // The tensor itself in place of its copy.
            if let Some(last) = self.state.borrow_mut().constants.last_mut() {
                *last = value;
            }
            constant
        })
    }
}

/// What is recorded, and its values.
impl<T: Float> Session<T> {
    /// The graph recorded so far.
    pub fn graph(&self) -> Graph {
        self.state.borrow().graph.clone()
    }

    /// Graph, leaf values and natural numbers as plain data.
    #[inline(never)]
    pub fn snapshot(&self) -> Snapshot<T> {
        let state = self.state.borrow();
        let shapes = state.graph.leaves().iter();
        let leaves = shapes.zip(&state.leaves).map(|(&shape, leaf)| DynTensor::from_storage(shape, leaf.clone()));
        Snapshot { graph: state.graph.clone(), leaves: leaves.collect(), naturals: state.naturals.clone() }
    }

    /// The tape of the recording: its outputs are all values, in id order.
    #[inline(never)]
    pub fn compile(&self) -> Tape<T> {
        let state = self.state.borrow();
        let ids: Vec<Id> = state.graph.ids().collect();
        Tape::compile_on(Arc::clone(&state.processor), &state.graph, &ids)
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
        if id.index() >= state.graph.len() {
            return Err(Error::NoSuchValue { id, count: state.graph.len() });
        }
        let found = state.graph.shape(id);
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
        state.push(op, &ids[..operands.len()])
    }

    #[inline(never)]
    #[track_caller]
    fn shape(&self, x: Raw) -> DynShape {
        let state = self.state.borrow();
        state.graph.shape(state.expect(x))
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

impl<T: Float> State<T> {
    fn reset(&mut self) {
        self.stamp = Stamp::next();
        self.graph.clear();
        self.hash = GraphHasher::default();
        self.leaves.clear();
        self.naturals.clear();
        self.constants.clear();
        self.indexed.clear();
        self.used.clear();
        self.bound.clear();
        self.kept.clear();
        self.values.clear();
        self.non_finite = None;
        self.stale = false;
        self.masks.clear();
    }

    fn add_natural(&mut self, shape: DynShape, numbers: Vec<usize>) -> NatId {
        let natural = self.graph.natural(shape);
        self.hash.natural(shape);
        self.naturals.push(numbers);
        natural
    }

    /// Takes a graph and its values into an empty recording.
    #[track_caller]
    fn adopt(&mut self, graph: Graph, leaves: Vec<Storage<T>>, naturals: Vec<Vec<usize>>) {
        graph.leaves().iter().for_each(|&shape| self.hash.leaf(shape));
        graph.naturals().iter().for_each(|&shape| self.hash.natural(shape));
        (self.graph, self.leaves, self.naturals) = (graph, leaves, naturals);
        for id in self.graph.node_ids() {
            self.note(id);
        }
    }

    /// The value of a leaf, of a node that a run has given, or by a run.
    fn value_of(&mut self, id: Id) -> Result<Storage<T>, Error> {
        self.refresh();
        if let Some(leaf) = self.leaves.get(id.index()) {
            return Ok(leaf.clone());
        }
        self.check_run()?;
        if !self.values.contains_key(&id) {
            self.run(Request::Values { values: vec![id] }, Vec::new())?;
        }
        Ok(self.values[&id].clone())
    }

    fn check_before_nodes(&self) -> Result<(), Error> {
        if self.graph.nodes().is_empty() {
            Ok(())
        } else {
            Err(Error::LeafAfterNode { nodes: self.graph.nodes().len() })
        }
    }

    fn check(&self, x: Raw) -> Result<Id, Error> {
        self.stamp.check(x.stamp())?;
        Ok(Id::new(x.index()))
    }

    #[track_caller]
    fn expect(&self, x: Raw) -> Id {
        // Not by a closure, in which the caller's line would be lost.
        match self.check(x) {
            Ok(id) => id,
            Err(error) => refuse(&error),
        }
    }

    #[inline(never)]
    #[track_caller]
    fn expect_all(&self, operands: &[Raw], ids: &mut [Id]) {
        for (id, &operand) in ids.iter_mut().zip(operands) {
            *id = self.expect(operand);
        }
    }

    #[track_caller]
    fn push(&mut self, op: Op, operands: &[Id]) -> Raw {
        assert!(self.graph.len() < MAX_VALUES, "{FULL}");
        let id = match self.graph.push(op, operands) {
            Ok(id) => id,
            Err(error) => refuse(&error),
        };
        self.note(id);
        Raw::new(id.index(), self.stamp)
    }

    /// Takes note of a node that is new in the graph.
    #[track_caller]
    fn note(&mut self, id: Id) {
        assert!(id.index() < MAX_VALUES, "{FULL}");
        let node = self.graph.node(id).expect("only nodes are noted");
        let mut shapes = [PerAxis::SCALAR; crate::ir::MAX_OPERANDS];
        for (shape, &operand) in shapes.iter_mut().zip(node.operands.iter()) {
            *shape = self.graph.shape(operand);
        }
        let indexed = node.op.indices(&shapes[..node.operands.len()]);
        self.hash.node(node);
        self.indexed.extend(indexed.map(|(natural, bound)| (id, natural, bound)));
        if let Op::Constant(constant) = &node.op {
            self.constants.push(Storage::from_vec(constant.data.values().map(T::from_f64).collect()));
        }
        if self.options.backend == Backend::Eager && !self.stale {
            self.compute(id);
        }
    }

    /// Computes the values of an eager session anew after natural numbers have changed.
    fn refresh(&mut self) {
        // A run that panicked may have left its further leaves.
        self.leaves.truncate(self.graph.leaves().len());
        if std::mem::take(&mut self.stale) && self.options.backend == Backend::Eager {
            self.graph.node_ids().for_each(|id| self.compute(id));
        }
    }

    /// Computes the value of a node whose operands have values.
    fn compute(&mut self, id: Id) {
        let node = self.graph.node(id).expect("values are computed of nodes");
        let mut operands = Vec::new();
        for operand in node.operands.iter() {
            let value = self.leaves.get(operand.index()).or_else(|| self.values.get(operand));
            let value = value.expect("nodes are computed in order");
            operands.push(View { shape: self.graph.shape(*operand), data: value.as_slice() });
        }
        let shapes: Vec<DynShape> = operands.iter().map(|operand| operand.shape).collect();
        let fast = Fast::new(&self.processor);
        let mut scratch = vec![T::default(); fast.scratch(&node.op, &shapes, node.shape)];
        let mut value = Storage::zeros(node.shape.elements());
        fast.apply(&node.op, &operands, &self.naturals, value.make_mut(), &mut scratch);
        let finite = |value: &T| value.to_f64().is_finite();
        if self.options.stop_at_non_finite && !value.as_slice().iter().all(finite) {
            self.non_finite.get_or_insert(id);
        }
        self.values.insert(id, value);
    }

    /// What must hold before values are given: indices in range, and nothing found that is not finite.
    fn check_run(&mut self) -> Result<(), Error> {
        self.refresh();
        if self.options.check_indices {
            step::check_indices(&self.graph, &self.indexed, &self.naturals)?;
        }
        match self.non_finite {
            Some(node) => {
                let op = self.graph.node(node).expect("leaves are not checked").op.name();
                Err(Error::NonFinite { op, node })
            }
            None => Ok(()),
        }
    }
}

impl<T: Float> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        write!(f, "Session<{}> recording\n{}", std::any::type_name::<T>(), state.graph)
    }
}
