//! The untyped twin of the session's methods: every operation, for sizes known only at run time.
//!
//! ```text
//! builder/mod.rs          GraphBuilder: inputs, the connection with typed refs, errors that name the operation
//! builder/call.rs         operations by name, for importers
//! builder/elementwise.rs  the operations, one file a family: a row in a table each, which makes the
//! builder/reduction.rs    method, the call by name and the line in `docs/operations.md`
//! builder/product.rs
//! builder/layout.rs
//! builder/index.rs
//! builder/window.rs
//! builder/norm.rs
//! builder/attention.rs
//! ```
//!
//! An operation here is one node or several. The typed methods of a session check types and then call these,
//! except where one node is all; a test compares the graphs of both.

mod attention;
mod call;
mod elementwise;
mod index;
mod layout;
mod norm;
mod product;
mod reduction;
mod window;

use shapes::Shape;

pub use call::{Argument, Description, operations};
pub use norm::DEFAULT_EPSILON;

use crate::Error;
use crate::ir::{Data, DynShape, Graph, Id, NatId, Op, op};
use crate::mapped::mapped;
use crate::ops::Emit;
use crate::reference::{Raw, Stamp, TensorRef};

/// Builds a graph from shapes known only at run time.
///
/// It has every operation of a [`Session`](crate::Session), named the same, with ids in place of typed refs
/// and plain numbers in place of static ones; operands come first here, then natural-number inputs, then
/// numbers. What the types check there is checked here when the method is
/// called: an [`Error::Rule`] names the operation, the shapes of its operands and the node it would have
/// been; nothing is added then.
///
/// ```
/// use session::GraphBuilder;
/// use session::ir::DynShape;
///
/// let mut b = GraphBuilder::new();
/// let x = b.input(DynShape::new(&[8, 1, 28, 28]))?;
/// let w = b.input(DynShape::new(&[6, 1, 5, 5]))?;
/// let bias = b.input(DynShape::new(&[6]))?;
/// let h = b.conv2d(w, bias, x, 1, 2)?;
/// let h = b.max_pool2d(h, &[2, 2], 2)?;
/// assert_eq!(b.shape(h)?, DynShape::new(&[8, 6, 14, 14]));
///
/// let error = b.matmul(h, bias).unwrap_err();
/// assert!(error.to_string().contains("matmul of [8, 6, 14, 14] and [6]"));
/// # Ok::<(), session::Error>(())
/// ```
///
/// [`Session::build`](crate::Session::build) lends the builder of a session's recording, so that typed and
/// untyped operations mix; [`Tape::compile`](crate::tape::Tape::compile) runs the graph of one that stands
/// alone.
#[derive(Debug)]
pub struct GraphBuilder {
    pub(crate) graph: Graph,
    stamp: Stamp,
    /// For each natural-number input the numbers it was made with: those captured by `_nat` operations and,
    /// in a session, all.
    pub(crate) naturals: Vec<Vec<usize>>,
    /// The natural-number inputs that were made without, in order.
    inputs: Vec<NatId>,
    /// Lists of the recording before, to be filled anew.
    spare: Vec<Vec<usize>>,
    /// Whether it is lent by a session, whose leaves come with values.
    lent: bool,
}

impl Default for GraphBuilder {
    fn default() -> Self {
        let mut builder = Self::lent(Stamp::next());
        builder.lent = false;
        builder
    }
}

impl GraphBuilder {
    /// A builder without inputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// The builder of a session's recording.
    pub(crate) fn lent(stamp: Stamp) -> Self {
        let (naturals, inputs, spare) = (Vec::new(), Vec::new(), Vec::new());
        Self { graph: Graph::default(), stamp, naturals, inputs, spare, lent: true }
    }

    /// Begins a new recording of a session, in the memory of the one before.
    pub(crate) fn begin(&mut self, stamp: Stamp) {
        (self.stamp, self.lent) = (stamp, true);
        self.graph.clear();
        self.inputs.clear();
        // The first is the next one's first.
        self.spare.clear();
        while let Some(list) = self.naturals.pop() {
            self.spare.push(list);
        }
    }

    /// Whether this is the builder that the recording with this stamp has lent.
    pub(crate) fn is_lent_by(&self, stamp: Stamp) -> bool {
        self.lent && self.stamp == stamp
    }

    fn check_own(&self, what: &'static str) -> Result<(), Error> {
        let refuse = |reason: &str| Err(Error::Call { name: what.to_owned(), reason: reason.to_owned() });
        if self.lent {
            return refuse("the inputs of a session come with values: use `Session::input_dyn` or `input_nats_dyn`");
        }
        match self.graph.nodes().len() {
            0 => Ok(()),
            nodes => Err(Error::LeafAfterNode { nodes }),
        }
    }

    /// Adds a leaf.
    ///
    /// # Errors
    /// [`Error::LeafAfterNode`] once a node exists; [`Error::Call`] for a shape with too many elements to
    /// count, or in a builder that a session lends: its leaves come with values
    /// ([`Session::input_dyn`](crate::Session::input_dyn)).
    pub fn input(&mut self, shape: DynShape) -> Result<Id, Error> {
        self.check_own("input")?;
        shape.countable().map_err(|reason| Error::Call { name: "input".to_owned(), reason })?;
        Ok(self.graph.leaf(shape))
    }

    /// Adds a leaf with a name for exports.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn input_named(&mut self, name: &str, shape: DynShape) -> Result<Id, Error> {
        let id = self.input(shape)?;
        self.graph.set_name(id, name);
        Ok(id)
    }

    /// Adds a natural-number input: indices, labels, a mask or a key.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn input_nats(&mut self, shape: DynShape) -> Result<NatId, Error> {
        self.check_own("input_nats")?;
        shape.countable().map_err(|reason| Error::Call { name: "input_nats".to_owned(), reason })?;
        self.naturals.push(Vec::new());
        let input = self.graph.natural(shape);
        self.inputs.push(input);
        Ok(input)
    }

    /// The graph so far.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The graph.
    pub fn into_graph(self) -> Graph {
        self.graph
    }

    /// The numbers that `_nat` operations captured: what to give a run for these natural-number inputs.
    pub fn captured(&self) -> impl Iterator<Item = (NatId, &[usize])> {
        let lists = self.naturals.iter().enumerate().map(|(index, list)| (NatId::new(index), &list[..]));
        lists.filter(|(natural, _)| self.inputs.binary_search(natural).is_err())
    }

    /// The shape of a value.
    ///
    /// # Errors
    /// [`Error::NoSuchValue`].
    pub fn shape(&self, id: Id) -> Result<DynShape, Error> {
        if id.index() < self.graph.len() {
            Ok(self.graph.shape(id))
        } else {
            Err(Error::NoSuchValue { id, count: self.graph.len() })
        }
    }

    /// A typed ref of this recording.
    ///
    /// ```
    /// use session::prelude::*;
    ///
    /// let s = Session::<f32>::new(Options::default());
    /// let x = s.input(Tensor::<f32, shape![3]>::from_array([1.0, -2.0, 3.0]))?;
    /// let y: TensorRef<shape![3]> = s.build(|b| {
    ///     let y = b.relu(x.id())?;
    ///     b.typed(y)
    /// })?;
    /// assert_eq!(s.value(y)?.to_vec(), [1.0, 0.0, 3.0]);
    /// # Ok::<(), session::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoSuchValue`] or [`Error::ShapeMismatch`].
    pub fn typed<S: Shape>(&self, id: Id) -> Result<TensorRef<S>, Error> {
        let (expected, found) = (DynShape::of::<S>(), self.shape(id)?);
        if expected != found {
            return Err(Error::shape(format!("value {id}"), &expected, &found));
        }
        Ok(TensorRef::new(Raw::new(id.index(), self.stamp)))
    }

    /// The id of a typed ref.
    ///
    /// # Errors
    /// [`Error::StaleRef`] for a ref of another recording.
    pub fn id<S>(&self, x: TensorRef<S>) -> Result<Id, Error> {
        self.stamp.check(x.raw().stamp())?;
        Ok(x.id())
    }

    /// A tensor of given numbers, row-major: a node, out of which no gradient flows.
    ///
    /// # Errors
    /// [`Error::Rule`] if their number is not that of the shape.
    pub fn constant(&mut self, shape: DynShape, values: impl IntoIterator<Item = f64>) -> Result<Id, Error> {
        self.push(op::Constant { shape, data: Data::new(values) }, &[])
    }

    /// Adds one node: what the operations below are made of.
    ///
    /// # Errors
    /// [`Error::NoSuchValue`], or [`Error::Rule`] if the operands break the operation's rule.
    pub fn push(&mut self, op: impl Into<Op>, operands: &[Id]) -> Result<Id, Error> {
        self.push_op(op.into(), operands)
    }

    fn push_op(&mut self, op: Op, operands: &[Id]) -> Result<Id, Error> {
        operands.iter().try_for_each(|&id| self.shape(id).map(drop))?;
        self.graph.push_op(&op, operands)
    }

    /// Writes nodes whose operands are known to fit.
    fn emit(&mut self) -> Emit<'_> {
        Emit::new(&mut self.graph)
    }

    /// A natural-number input with fixed numbers.
    pub(crate) fn capture(&mut self, shape: DynShape, numbers: &[usize]) -> NatId {
        let mut list = self.spare.pop().unwrap_or_default();
        list.clear();
        list.extend_from_slice(numbers);
        self.naturals.push(list);
        self.graph.natural(shape)
    }

    /// Builds one operation: all of its nodes or, after an error, none. The error names this operation and
    /// its operands, not the node inside it that did not fit.
    pub(crate) fn operation(
        &mut self,
        name: &'static str,
        operands: &[Id],
        build: &mut dyn FnMut(&mut Self) -> Result<Id, Error>,
    ) -> Result<Id, Error> {
        operands.iter().try_for_each(|&id| self.shape(id).map(drop))?;
        let (values, nodes, naturals) = (self.graph.len(), self.graph.nodes().len(), self.naturals.len());
        build(self).map_err(|error| {
            self.graph.truncate(nodes, naturals);
            self.naturals.truncate(naturals);
            match error {
                Error::Rule { rule, .. } => {
                    let operands = mapped(operands, |&id| self.graph.shape(id));
                    Error::Rule { op: name, node: Id::new(values), operands, rule }
                }
                error => error,
            }
        })
    }
}

/// A rule that does not hold; [`GraphBuilder::operation`] fills in the rest.
fn refuse(rule: impl Into<String>) -> Error {
    Error::Rule { op: "", node: Id::default(), operands: Vec::new(), rule: rule.into() }
}

/// Refuses a shape with too many elements to count: before nodes are written that must fit.
fn countable(shape: DynShape) -> Result<DynShape, Error> {
    shape.countable().map(|_| shape).map_err(refuse)
}

/// Refuses a number that is not finite.
fn finite(what: &str, number: f64) -> Result<f64, Error> {
    if number.is_finite() { Ok(number) } else { Err(refuse(format!("{what} must be finite, not {number}"))) }
}
