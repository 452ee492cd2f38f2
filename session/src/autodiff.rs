//! Differentiation from graph to graph, so that second order is composition.
//!
//! [`reverse`] and [`forward`] give a new graph; the user's graph and its ids never change. Which values
//! have a derivative is structural: a path of differentiable operands decides, never a number.

use crate::ir::{Graph, Id};
use crate::mapped::mapped;
use crate::ops::{Emit, Site};

/// A graph with its derivatives.
#[derive(Clone, Debug)]
pub struct Derivative {
    /// The old leaves, the further leaves (seeds or tangents), the old nodes, the derivative nodes.
    pub graph: Graph,
    /// Where each value of the old graph is in the new one.
    pub value: Vec<Id>,
    /// The derivative of each value of the old graph: its cotangent in reverse mode, its tangent in
    /// forward mode. `None` is a structural zero.
    pub gradient: Vec<Option<Id>>,
    /// The further leaves, in order.
    pub inputs: Vec<Id>,
}

impl Derivative {
    /// The sum of the derivatives of several values of the old graph, in order.
    pub(crate) fn total(&mut self, values: &[Id]) -> Option<Id> {
        let terms = values.iter().map(|id| self.gradient[id.index()]);
        Emit::new(&mut self.graph).total(terms)
    }
}

/// The old graph with further leaves of the shapes of these values.
fn extended(graph: &Graph, like: &[Id]) -> Derivative {
    let shapes: Vec<_> = mapped(like, |&id| graph.shape(id));
    Derivative {
        graph: graph.with_leaves(&shapes),
        value: graph.ids().map(|id| graph.shifted(id, like.len())).collect(),
        gradient: vec![None; graph.len()],
        inputs: (0..like.len()).map(|index| Id::new(graph.leaves().len() + index)).collect(),
    }
}

/// Reverse mode: the cotangents of all values, given a seed leaf for each of `seeds`.
///
/// A value's seed counts as its first contribution; then its consumers follow from last to first, and
/// the operands of each in order.
///
/// ```
/// use session::autodiff::reverse;
/// use session::ir::{DynShape, Graph, op};
///
/// let mut graph = Graph::default();
/// let x = graph.leaf(DynShape::SCALAR);
/// let y = graph.push(op::Mul {}, &[x, x])?;
/// let derivative = reverse(&graph, &[y]);
/// assert!(derivative.gradient[x.index()].is_some());
/// derivative.graph.validate()?;
/// # Ok::<(), session::Error>(())
/// ```
///
/// # Panics
/// If a seed is not a value of the graph.
#[track_caller]
pub fn reverse(graph: &Graph, seeds: &[Id]) -> Derivative {
    let mut derivative = extended(graph, seeds);
    let Derivative { graph: new, value, gradient, inputs } = &mut derivative;
    let mut emit = Emit::new(new);
    for (&seed, &input) in seeds.iter().zip(&*inputs) {
        accumulate(&mut emit, &mut gradient[seed.index()], input);
    }
    for (id, node) in graph.node_ids().zip(graph.nodes()).rev() {
        let Some(cotangent) = gradient[id.index()] else { continue };
        let operands = node.operands.map(|id| value[id.index()]);
        let site = Site { operands: &operands, output: value[id.index()] };
        let contributions = node.op.vjp(&mut emit, site, cotangent);
        for (operand, contribution) in node.operands.iter().zip(contributions) {
            if let Some(contribution) = contribution {
                accumulate(&mut emit, &mut gradient[operand.index()], contribution);
            }
        }
    }
    derivative
}

fn accumulate(emit: &mut Emit<'_>, sum: &mut Option<Id>, contribution: Id) {
    *sum = Some(match *sum {
        Some(sum) => emit.add(sum, contribution),
        None => contribution,
    });
}

/// Forward mode: the tangents of all values, given a tangent leaf for each of `leaves`; the tangents of
/// other leaves are structural zeros.
///
/// # Panics
/// If one of `leaves` is not a leaf of the graph.
#[track_caller]
pub fn forward(graph: &Graph, leaves: &[Id]) -> Derivative {
    let mut derivative = extended(graph, leaves);
    let Derivative { graph: new, value, gradient, inputs } = &mut derivative;
    for (&leaf, &input) in leaves.iter().zip(&*inputs) {
        assert!(graph.node(leaf).is_none(), "{leaf} is not a leaf");
        gradient[leaf.index()] = Some(input);
    }
    let mut emit = Emit::new(new);
    for (id, node) in graph.node_ids().zip(graph.nodes()) {
        let tangents: Vec<Option<Id>> = mapped(&node.operands, |operand| gradient[operand.index()]);
        if tangents.iter().all(Option::is_none) {
            continue;
        }
        let operands = node.operands.map(|id| value[id.index()]);
        let site = Site { operands: &operands, output: value[id.index()] };
        gradient[id.index()] = node.op.jvp(&mut emit, site, &tangents);
    }
    derivative
}
