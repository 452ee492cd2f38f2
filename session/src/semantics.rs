//! What a graph means: the definition that everything else is compared with.
//!
//! Short, and generic over [`Scalar`], so that the same text computes numbers, derivatives by dual
//! numbers, and symbolic terms. [`backprop_all`] is the recursion over the last node and shares no code
//! with [`crate::autodiff`].

use crate::ir::{DynShape, Graph, Id, Op};
use crate::ops::{Emit, Site, View};
use crate::scalar::{Dual, Scalar};

/// A tensor of any scalar: a shape and its elements in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<S> {
    /// The shape.
    pub shape: DynShape,
    /// The elements.
    pub data: Vec<S>,
}

impl<S: Scalar> Array<S> {
    /// The tensor with these elements.
    ///
    /// # Panics
    /// If their number is not that of the shape.
    #[track_caller]
    pub fn new(shape: DynShape, data: Vec<S>) -> Self {
        assert_eq!(shape.elements(), data.len(), "elements of a tensor of shape {shape}");
        Self { shape, data }
    }

    /// A tensor of one repeated number.
    pub fn full(shape: DynShape, value: f64) -> Self {
        Self { shape, data: vec![S::literal(value); shape.elements()] }
    }

    fn view(&self) -> View<'_, S> {
        View { shape: self.shape, data: &self.data }
    }

    /// The sum of two tensors of the same shape, element by element.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let data = self.data.iter().zip(&other.data).map(|(&a, &b)| a + b).collect();
        Self { shape: self.shape, data }
    }
}

impl<S> AsRef<[S]> for Array<S> {
    fn as_ref(&self) -> &[S] {
        &self.data
    }
}

impl<S> AsMut<[S]> for Array<S> {
    fn as_mut(&mut self) -> &mut [S] {
        &mut self.data
    }
}

/// The value of every leaf and node, in id order.
///
/// ```
/// use session::ir::{DynShape, Graph, op};
/// use session::semantics::{Array, eval};
///
/// let mut graph = Graph::default();
/// let x = graph.leaf(DynShape::new(&[3]));
/// let y = graph.push(op::Mul {}, &[x, x])?;
/// let values = eval(&graph, &[Array::new(DynShape::new(&[3]), vec![1.0, 2.0, 3.0])], &[]);
/// assert_eq!(values[y.index()].data, [1.0, 4.0, 9.0]);
/// # Ok::<(), session::Error>(())
/// ```
///
/// # Panics
/// If the leaves are not those of the graph in number and shape, or a natural-number input is missing.
#[track_caller]
pub fn eval<S: Scalar>(graph: &Graph, leaves: &[Array<S>], naturals: &[Vec<usize>]) -> Vec<Array<S>> {
    check(graph, leaves, naturals);
    let mut values = leaves.to_vec();
    for node in graph.nodes() {
        let operands: Vec<View<'_, S>> = node.operands.iter().map(|id| values[id.index()].view()).collect();
        let mut value = Array::full(node.shape, 0.0);
        node.op.eval(&operands, naturals, &mut value.data);
        values.push(value);
    }
    values
}

/// The value and the tangent of every leaf and node, given a tangent for every leaf: evaluation in dual
/// numbers.
///
/// # Panics
/// As [`eval`]; also if the tangents are not aligned with the leaves.
#[track_caller]
pub fn jvp<S: Scalar>(
    graph: &Graph,
    leaves: &[Array<S>],
    tangents: &[Array<S>],
    naturals: &[Vec<usize>],
) -> Vec<Array<Dual<S>>> {
    check(graph, tangents, naturals);
    assert_eq!(leaves.len(), tangents.len(), "one tangent for every leaf");
    let leaves: Vec<Array<Dual<S>>> = leaves
        .iter()
        .zip(tangents)
        .map(|(value, tangent)| {
            let pairs = value.data.iter().zip(&tangent.data);
            Array::new(value.shape, pairs.map(|(&value, &tangent)| Dual { value, tangent }).collect())
        })
        .collect();
    eval(graph, &leaves, naturals)
}

/// The tangent of every leaf and node by the forward rules, given an optional tangent for each leaf; `None` where
/// no path leads from a tangent.
///
/// [`jvp`] gives the same numbers up to rounding: it shares no rule with this.
///
/// # Panics
/// As [`eval`]; also if there is not one optional tangent of the right shape for each leaf.
#[track_caller]
pub fn tangents_all<S: Scalar>(
    graph: &Graph,
    leaves: &[Array<S>],
    naturals: &[Vec<usize>],
    tangents: Vec<Option<Array<S>>>,
) -> Vec<Option<Array<S>>> {
    assert_eq!(tangents.len(), leaves.len(), "one optional tangent for each leaf");
    for (leaf, tangent) in leaves.iter().zip(&tangents) {
        assert!(tangent.as_ref().is_none_or(|tangent| tangent.shape == leaf.shape), "the shape of a tangent");
    }
    tangents_from(graph, &eval(graph, leaves, naturals), naturals, tangents)
}

/// [`tangents_all`], given the value of every leaf and node.
pub(crate) fn tangents_from<S: Scalar>(
    graph: &Graph,
    values: &[Array<S>],
    naturals: &[Vec<usize>],
    mut tangents: Vec<Option<Array<S>>>,
) -> Vec<Option<Array<S>>> {
    for (id, node) in graph.node_ids().zip(graph.nodes()) {
        let given: Vec<Option<&Array<S>>> =
            node.operands.iter().map(|operand| tangents[operand.index()].as_ref()).collect();
        let any = given.iter().any(Option::is_some);
        tangents.push(if any { push_forward(graph, id, values, &given, naturals) } else { None });
    }
    tangents
}

/// The cotangent of every leaf and node, given an optional seed for each; `None` where no path leads to
/// a seed.
///
/// The recursion over the last node: its cotangent is complete, its rule gives the contributions to its
/// operands, and the rest is a graph with one node less. A seed is the first contribution, then
/// consumers follow from last to first, operands in order.
///
/// # Panics
/// As [`eval`]; also if there is not one optional seed of the right shape for each value.
#[track_caller]
pub fn backprop_all<S: Scalar>(
    graph: &Graph,
    leaves: &[Array<S>],
    naturals: &[Vec<usize>],
    seeds: Vec<Option<Array<S>>>,
) -> Vec<Option<Array<S>>> {
    assert_eq!(seeds.len(), graph.len(), "one optional seed for each value");
    for (id, seed) in graph.ids().zip(&seeds) {
        assert!(seed.as_ref().is_none_or(|seed| seed.shape == graph.shape(id)), "the shape of the seed of {id}");
    }
    backprop_from(graph, &eval(graph, leaves, naturals), naturals, seeds)
}

/// [`backprop_all`], given the value of every leaf and node.
pub(crate) fn backprop_from<S: Scalar>(
    graph: &Graph,
    values: &[Array<S>],
    naturals: &[Vec<usize>],
    seeds: Vec<Option<Array<S>>>,
) -> Vec<Option<Array<S>>> {
    let mut cotangents = seeds;
    for (id, node) in graph.node_ids().zip(graph.nodes()).rev() {
        let Some(cotangent) = &cotangents[id.index()] else { continue };
        let contributions = pull_back(graph, id, values, cotangent, naturals);
        for (operand, contribution) in node.operands.iter().zip(contributions) {
            let Some(contribution) = contribution else { continue };
            let slot = &mut cotangents[operand.index()];
            *slot = Some(slot.as_ref().map_or_else(|| contribution.clone(), |sum| sum.plus(&contribution)));
        }
    }
    cotangents
}

/// What one node contributes to each of its operands: its reverse rule, evaluated as a graph of its own.
fn pull_back<S: Scalar>(
    graph: &Graph,
    id: Id,
    values: &[Array<S>],
    cotangent: &Array<S>,
    naturals: &[Vec<usize>],
) -> Vec<Option<Array<S>>> {
    rule(graph, id, values, &[Some(cotangent)], naturals, &|op, emit, site, further| {
        op.vjp(emit, site, further[0].expect("the cotangent was given"))
    })
}

/// The tangent of one node for those of its operands: its forward rule, evaluated as a graph of its own.
fn push_forward<S: Scalar>(
    graph: &Graph,
    id: Id,
    values: &[Array<S>],
    tangents: &[Option<&Array<S>>],
    naturals: &[Vec<usize>],
) -> Option<Array<S>> {
    rule(graph, id, values, tangents, naturals, &|op, emit, site, further| vec![op.jvp(emit, site, further)]).remove(0)
}

/// A rule of one node, given the node's operands and value and those derivatives that are there.
type Rule<'a> = &'a dyn Fn(&Op, &mut Emit<'_>, Site<'_>, &[Option<Id>]) -> Vec<Option<Id>>;

/// What a rule of one node gives, with those of the `further` arrays that are there.
fn rule<S: Scalar>(
    graph: &Graph,
    id: Id,
    values: &[Array<S>],
    further: &[Option<&Array<S>>],
    naturals: &[Vec<usize>],
    rule: Rule<'_>,
) -> Vec<Option<Array<S>>> {
    let node = graph.node(id).expect("a node");
    let shapes: Vec<Option<DynShape>> = further.iter().map(|array| array.map(|array| array.shape)).collect();
    let (fragment, results) = fragment(graph, id, &shapes, rule);
    let known = node.operands.iter().map(|operand| &values[operand.index()]).chain([&values[id.index()]]);
    let leaves: Vec<Array<S>> = known.chain(further.iter().copied().flatten()).cloned().collect();
    let values = eval(&fragment, &leaves, naturals);
    results.into_iter().map(|id| id.map(|id| values[id.index()].clone())).collect()
}

/// A rule of one node as a graph of its own, whose leaves are the node's operands, its value and those `further` ones
/// that have a shape; with what the rule gives.
fn fragment(graph: &Graph, id: Id, further: &[Option<DynShape>], rule: Rule<'_>) -> (Graph, Vec<Option<Id>>) {
    let node = graph.node(id).expect("a node");
    let mut fragment = Graph::default();
    for &shape in graph.naturals() {
        fragment.natural(shape);
    }
    let operands: Vec<Id> = node.operands.iter().map(|&operand| fragment.leaf(graph.shape(operand))).collect();
    let output = fragment.leaf(node.shape);
    let further: Vec<Option<Id>> = further.iter().map(|shape| shape.map(|shape| fragment.leaf(shape))).collect();
    let site = Site { operands: &operands, output };
    let results = rule(&node.op, &mut Emit::new(&mut fragment), site, &further);
    (fragment, results)
}

#[track_caller]
fn check<S>(graph: &Graph, leaves: &[Array<S>], naturals: &[Vec<usize>]) {
    let shapes: Vec<DynShape> = leaves.iter().map(|leaf| leaf.shape).collect();
    assert_eq!(shapes, graph.leaves(), "the shapes of the leaves");
    let lengths: Vec<usize> = naturals.iter().map(Vec::len).collect();
    let expected: Vec<usize> = graph.naturals().iter().map(DynShape::elements).collect();
    assert_eq!(lengths, expected, "the lengths of the natural-number inputs");
}
