//! Values, nodes and the graph that holds them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use shapes::AxisNames;

use super::op::Detach;
use super::retraced::Retraced;
use super::{DynShape, KeyHasher, Op};

/// A value of a graph: leaves count first, then nodes, both in order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id(u32);

impl Id {
    /// The value with this position in the context.
    pub const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// The position in the context.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

/// A natural-number input of a graph: indices or labels, outside differentiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NatId(u32);

impl NatId {
    /// The input with this position among the natural-number inputs.
    pub const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// The position among the natural-number inputs.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// The most operands an operation takes.
pub const MAX_OPERANDS: usize = 6;

/// The operands of a node, in order; dereferences to a slice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Operands {
    count: u8,
    ids: [Id; MAX_OPERANDS],
}

impl Operands {
    /// These operands, or `None` if there are more than any operation takes.
    pub fn new(operands: &[Id]) -> Option<Self> {
        let mut own = Self::NONE;
        own.set(operands).then_some(own)
    }

    const NONE: Self = Self { count: 0, ids: [Id::new(0); MAX_OPERANDS] };

    /// Becomes these operands; says whether there are no more than any operation takes.
    #[inline]
    fn set(&mut self, operands: &[Id]) -> bool {
        // One by one: a copy of the slice would wait for ids that were just written one by one.
        for (index, id) in self.ids.iter_mut().enumerate() {
            *id = operands.get(index).copied().unwrap_or_default();
        }
        self.count = operands.len() as u8;
        operands.len() <= MAX_OPERANDS
    }

    /// The operands with every id mapped.
    #[must_use]
    pub fn map(mut self, rename: impl Fn(Id) -> Id) -> Self {
        for id in &mut self.ids[..self.count as usize] {
            *id = rename(*id);
        }
        self
    }
}

impl Hash for Operands {
    /// Of the operands that there are, three in a word, and in the first the number of them: recording hashes many.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f] = self.ids;
        let word = |ids: [Id; 3]| ids.iter().fold(0u64, |word, id| word.rotate_left(21) ^ u64::from(id.0));
        state.write_u64(word([a, b, c]) ^ u64::from(self.count) << 60);
        if self.count > 3 {
            state.write_u64(word([d, e, f]));
        }
    }
}

impl Deref for Operands {
    type Target = [Id];

    fn deref(&self) -> &[Id] {
        &self.ids[..self.count as usize]
    }
}

impl fmt::Debug for Operands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// One operation applied to earlier values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The operation with its attributes.
    pub op: Op,
    /// The values it is applied to.
    pub operands: Operands,
    /// The shape of its value.
    pub shape: DynShape,
}

impl Node {
    /// Any node.
    #[cold]
    fn blank() -> Self {
        Self { op: Op::Detach(Detach {}), operands: Operands::NONE, shape: DynShape::SCALAR }
    }
}

impl Hash for Node {
    /// Of what decides about the shape. The values of constants are inputs of a run and belong to no key.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.op {
            Op::Constant(constant) => (2u8, constant.shape).hash(state),
            op => op.hash(state),
        }
        self.operands.hash(state);
    }
}

/// A tensor program: leaves, natural-number inputs, and nodes over them.
///
/// A graph has no scalar type and holds no values of leaves. Equality and hash ignore names.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
///
/// let mut graph = Graph::default();
/// let x = graph.leaf(DynShape::new(&[2, 3]));
/// let w = graph.leaf(DynShape::new(&[3, 4]));
/// let y = graph.push(op::MatMul { transpose_a: false, transpose_b: false }, &[x, w])?;
/// assert_eq!(graph.shape(y), DynShape::new(&[2, 4]));
/// assert_eq!(graph.to_string().parse::<Graph>()?, graph);
/// # Ok::<(), session::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Graph {
    leaves: Retraced<DynShape>,
    naturals: Retraced<DynShape>,
    /// Those behind the end have followed before these leaves, natural-number inputs and nodes were cleared.
    nodes: Retraced<Node>,
    names: Vec<Option<Arc<str>>>,
    leaf_axes: Vec<(Id, AxisNames)>,
    natural_axes: Vec<(NatId, AxisNames)>,
}

impl Graph {
    /// Adds a leaf. Leaves precede nodes.
    ///
    /// # Panics
    /// If a node exists, or the shape has too many elements to count.
    #[track_caller]
    pub fn leaf(&mut self, shape: DynShape) -> Id {
        assert!(self.nodes.is_empty(), "leaf {} after a node: leaves precede nodes", self.leaves.len());
        if !self.leaves.retraces(&shape) {
            assert_countable(shape);
            self.leaves.push(shape);
            self.nodes.forget();
        }
        self.names.push(None);
        Id::new(self.leaves.len() - 1)
    }

    /// Adds a natural-number input.
    ///
    /// # Panics
    /// If the shape has too many elements to count.
    #[track_caller]
    pub fn natural(&mut self, shape: DynShape) -> NatId {
        if !self.naturals.retraces(&shape) {
            assert_countable(shape);
            self.naturals.push(shape);
            self.nodes.forget();
        }
        NatId::new(self.naturals.len() - 1)
    }

    /// Names a leaf: a comment in the text form, an argument name in exports.
    ///
    /// # Panics
    /// If `leaf` is not a leaf.
    #[track_caller]
    pub fn set_name(&mut self, leaf: Id, name: impl Into<Arc<str>>) {
        self.names[leaf.index()] = Some(name.into());
    }

    /// The name of a leaf, if it has one.
    pub fn name(&self, leaf: Id) -> Option<&str> {
        self.names.get(leaf.index())?.as_deref()
    }

    /// Names the axes of a leaf, as `dim!` has named their types, for exports. The text form does not keep these names.
    ///
    /// # Panics
    /// If `leaf` is not a leaf, or there is not one entry for each axis.
    #[track_caller]
    pub fn name_axes(&mut self, leaf: Id, names: AxisNames) {
        assert_eq!(names.len(), self.leaves[leaf.index()].len(), "{leaf} has other axes than {names:?}");
        name_axes(&mut self.leaf_axes, leaf, names);
    }

    /// [`name_axes`](Self::name_axes) of a natural-number input.
    ///
    /// # Panics
    /// If there is no such input, or not one entry for each axis.
    #[track_caller]
    pub fn name_axes_of_natural(&mut self, natural: NatId, names: AxisNames) {
        assert_eq!(names.len(), self.naturals[natural.index()].len(), "{natural} has other axes than {names:?}");
        name_axes(&mut self.natural_axes, natural, names);
    }

    /// The names of the axes of a leaf; empty if none is named.
    pub fn axis_names(&self, leaf: Id) -> AxisNames {
        axis_names(&self.leaf_axes, leaf)
    }

    /// The names of the axes of a natural-number input; empty if none is named.
    pub fn axis_names_of_natural(&self, natural: NatId) -> AxisNames {
        axis_names(&self.natural_axes, natural)
    }

    /// Adds a node without checking it against the operation's rules.
    ///
    /// # Panics
    /// With more operands than any operation takes.
    pub(crate) fn push_unchecked(&mut self, op: &Op, operands: &[Id], shape: &DynShape) -> Id {
        // There are no more leaves than these for what follows.
        self.leaves.forget();
        let node = self.nodes.place(Node::blank);
        node.op.clone_from(op);
        assert!(node.operands.set(operands), "the arity was checked");
        node.shape = *shape;
        self.nodes.append();
        Id::new(self.len() - 1)
    }

    /// Adds the node that came next before the graph was cleared, if it is this one.
    pub(crate) fn retrace(&mut self, op: &Op, operands: &[Id]) -> Option<Id> {
        if self.leaves.next().is_some() {
            return None;
        }
        let next = self.nodes.next()?;
        if *next.operands != *operands || !next.op.same_program(op) || !op.reads_below(self.naturals.len()) {
            return None;
        }
        if let Op::Constant(_) = op {
            next.op = op.clone();
        }
        self.nodes.retrace();
        Some(Id::new(self.len() - 1))
    }

    /// Removes the last nodes and natural-number inputs: those beyond these counts.
    pub(crate) fn truncate(&mut self, nodes: usize, naturals: usize) {
        self.nodes.truncate(nodes);
        self.naturals.truncate(naturals);
        self.natural_axes.retain(|(natural, _)| natural.index() < naturals);
    }

    /// Removes everything, but what is added again is found as it was: see [`Retraced`].
    pub(crate) fn clear(&mut self) {
        self.leaves.clear();
        self.naturals.clear();
        self.nodes.clear();
        self.names.clear();
        self.leaf_axes.clear();
        self.natural_axes.clear();
    }

    /// The shapes of the leaves, in order of creation.
    pub fn leaves(&self) -> &[DynShape] {
        &self.leaves
    }

    /// The shapes of the natural-number inputs, in order of creation.
    pub fn naturals(&self) -> &[DynShape] {
        &self.naturals
    }

    /// The nodes, in order of creation.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The number of values: leaves and nodes.
    pub fn len(&self) -> usize {
        self.leaves.len() + self.nodes.len()
    }

    /// Whether there are neither leaves nor nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of all values, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = Id> + ExactSizeIterator + use<> {
        (0..self.len()).map(Id::new)
    }

    /// The ids of the nodes, in order.
    pub fn node_ids(&self) -> impl DoubleEndedIterator<Item = Id> + ExactSizeIterator + use<> {
        (self.leaves.len()..self.len()).map(Id::new)
    }

    /// The node behind a value, or `None` for a leaf.
    ///
    /// # Panics
    /// If the graph has no such value.
    #[track_caller]
    pub fn node(&self, id: Id) -> Option<&Node> {
        id.index().checked_sub(self.leaves.len()).map(|node| &self.nodes[node])
    }

    /// The shape of a value.
    ///
    /// # Panics
    /// If the graph has no such value.
    #[track_caller]
    pub fn shape(&self, id: Id) -> DynShape {
        self.node(id).map_or_else(|| self.leaves[id.index()], |node| node.shape)
    }

    /// Shows the shapes of these values, at most as many as an operation has operands. No more are copied than there are
    /// where there are few, since recording asks for each node.
    #[track_caller]
    pub(crate) fn with_shapes<R>(&self, ids: &[Id], see: impl FnOnce(&[DynShape]) -> R) -> R {
        let mut all;
        let shapes: &[DynShape] = match *ids {
            [a] => &[self.shape(a)],
            [a, b] => &[self.shape(a), self.shape(b)],
            [a, b, c] => &[self.shape(a), self.shape(b), self.shape(c)],
            _ => {
                all = [DynShape::SCALAR; MAX_OPERANDS];
                all.iter_mut().zip(ids).for_each(|(shape, &id)| *shape = self.shape(id));
                &all[..ids.len().min(MAX_OPERANDS)]
            }
        };
        see(shapes)
    }

    /// The same program with `shapes` as further leaves. A value `id` of this graph is
    /// [`shifted`](Self::shifted)`(id, shapes.len())` in the new one, and the further leaves follow the
    /// old ones.
    #[must_use]
    pub fn with_leaves(&self, shapes: &[DynShape]) -> Self {
        let mut graph = self.clone();
        graph.nodes = Retraced::default();
        shapes.iter().for_each(|&shape| graph.leaves.push(shape));
        graph.names.resize(graph.leaves.len(), None);
        for node in self.nodes() {
            let operands = node.operands.map(|id| self.shifted(id, shapes.len()));
            graph.push_unchecked(&node.op, &operands, &node.shape);
        }
        graph
    }

    /// Where a value of this graph is after `extra` leaves were added.
    pub fn shifted(&self, id: Id, extra: usize) -> Id {
        if id.index() < self.leaves.len() { id } else { Id::new(id.index() + extra) }
    }

    /// Whether the two are equal but for the values of constants, which a tape takes when it runs.
    pub(crate) fn same_program(&self, other: &Self) -> bool {
        self.leaves() == other.leaves()
            && self.naturals() == other.naturals()
            && self.nodes.len() == other.nodes.len()
            // These decide about the shape.
            && self.nodes.iter().zip(other.nodes()).all(|(a, b)| a.operands == b.operands && a.op.same_program(&b.op))
    }

    /// The hash of what [`same_program`](Self::same_program) compares.
    pub(crate) fn key(&self) -> KeyHasher {
        let mut key = self.nodes.hash();
        [self.leaves.hash(), self.naturals.hash()].map(KeyHasher::digest).hash(&mut key);
        key
    }
}

/// Keeps the names if there are any: most leaves have none.
fn name_axes<I: PartialEq>(named: &mut Vec<(I, AxisNames)>, input: I, names: AxisNames) {
    // The last ones count.
    if names.iter().any(Option::is_some) || named.iter().any(|(known, _)| *known == input) {
        named.push((input, names));
    }
}

fn axis_names<I: PartialEq>(named: &[(I, AxisNames)], input: I) -> AxisNames {
    named.iter().rev().find(|(known, _)| *known == input).map_or(&[], |&(_, names)| names)
}

#[track_caller]
fn assert_countable(shape: DynShape) {
    if let Err(error) = shape.countable() {
        panic!("{error}");
    }
}

impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.leaves() == other.leaves() && self.naturals() == other.naturals() && self.nodes() == other.nodes()
    }
}

impl Eq for Graph {}

impl Hash for Graph {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().digest().hash(state);
    }
}
