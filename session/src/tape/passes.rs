//! What is computed, and under which name: passes over a graph that never touch arithmetic.

use std::collections::HashMap;

use crate::ir::{DynShape, Graph, Id, Node, Op, Operands};
use crate::mapped::mapped;

/// What the passes found out about a graph.
pub(super) struct Analysis {
    /// The value that holds the elements of each value: itself, or the one it is another name of.
    pub root: Vec<Id>,
    /// Whether each value is one of the outputs, under any name.
    pub requested: Vec<bool>,
    /// The values to compute each time, in order.
    pub body: Vec<Id>,
    /// The values to compute once, in order: they depend on no input.
    pub prologue: Vec<Id>,
}

impl Analysis {
    pub(super) fn new(graph: &Graph, outputs: &[Id]) -> Self {
        let root = roots(graph);
        let mut needed = vec![false; graph.len()];
        let mut requested = vec![false; graph.len()];
        for output in outputs {
            needed[root[output.index()].index()] = true;
            requested[root[output.index()].index()] = true;
        }
        for (id, node) in graph.node_ids().zip(graph.nodes()).rev() {
            if needed[id.index()] {
                node.operands.iter().for_each(|operand| needed[root[operand.index()].index()] = true);
            }
        }
        let mut fixed = vec![false; graph.len()];
        let (mut body, mut prologue) = (Vec::new(), Vec::new());
        for (id, node) in graph.node_ids().zip(graph.nodes()) {
            if !needed[id.index()] || matches!(node.op, Op::Constant(_)) {
                continue;
            }
            let of_inputs = node.operands.iter().any(|operand| !fixed[root[operand.index()].index()]);
            fixed[id.index()] = !of_inputs && !requested[id.index()] && !node.op.reads_naturals();
            if fixed[id.index()] { &mut prologue } else { &mut body }.push(id);
        }
        numbers_first(graph, &root, &mut body);
        Self { root, requested, body, prologue }
    }
}

/// Puts single numbers that follow from single numbers of the inputs before all else, as the rate of an update: so they
/// are there where an update becomes a part of what computes the gradient.
fn numbers_first(graph: &Graph, root: &[Id], body: &mut Vec<Id>) {
    let mut early = vec![false; graph.len()];
    for &id in body.iter() {
        let node = graph.node(id).expect("instructions are nodes");
        let is_early = |operand: &Id| {
            let operand = root[operand.index()];
            early[operand.index()] || body.binary_search(&operand).is_err()
        };
        let single = |id: Id| graph.shape(id).elements() == 1;
        early[id.index()] = single(id) && node.operands.iter().all(|operand| single(*operand) && is_early(operand));
    }
    let (first, rest) = body.iter().partition::<Vec<Id>, _>(|id| early[id.index()]);
    *body = [first, rest].concat();
}

/// What leaves all elements in their places is another name of its operand; of equal subexpressions the first stands
/// for all.
fn roots(graph: &Graph) -> Vec<Id> {
    let mut root: Vec<Id> = graph.ids().collect();
    let mut first: HashMap<(&Op, Operands, Vec<DynShape>), Id> = HashMap::new();
    for (id, node) in graph.node_ids().zip(graph.nodes()) {
        root[id.index()] = match node.op {
            _ if is_name(node, graph) => root[node.operands[0].index()],
            // The numbers of a constant may be others in the next run.
            Op::Constant(_) => id,
            _ => {
                // Operands are read in the shape of their own name, so it belongs to the expression.
                let shapes = mapped(&node.operands, |&operand| graph.shape(operand));
                let operands = node.operands.map(|operand| root[operand.index()]);
                *first.entry((&node.op, operands, shapes)).or_insert(id)
            }
        };
    }
    root
}

/// Whether a value has the elements of its operand in their order, whatever they are. A sum of single elements has not:
/// it makes a zero positive.
fn is_name(node: &Node, graph: &Graph) -> bool {
    match &node.op {
        Op::Reshape(_) => true,
        Op::Broadcast(_) => node.shape.elements() == graph.shape(node.operands[0]).elements(),
        Op::Permute(op) => {
            let shape = graph.shape(node.operands[0]);
            op.axes.iter().filter(|&&axis| shape[axis] != 1).is_sorted()
        }
        _ => false,
    }
}
