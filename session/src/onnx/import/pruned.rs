//! The graph without what no result needs. Arguments stay.

use std::collections::HashMap;

use super::reader::Reader;
use super::{Argument, Instance};
use crate::export::needed;
use crate::ir::{Graph, Id, NatId};
use crate::scalar::Float;

pub(super) fn pruned<T: Float>(
    reader: Reader<T>,
    arguments: Vec<(String, Argument)>,
    results: Vec<(String, Id)>,
) -> Result<Instance<T>, String> {
    let mut captured: HashMap<NatId, Vec<usize>> =
        reader.builder.captured().map(|(id, numbers)| (id, numbers.to_vec())).collect();
    let old = reader.builder.graph();
    let needed = needed(old, results.iter().map(|&(_, id)| id));
    let mut graph = Graph::default();
    let mut places: Vec<Option<Id>> = vec![None; old.len()];
    let mut leaves = Vec::new();
    for (leaf, value) in old.ids().zip(reader.leaves) {
        if needed[leaf.index()] || value.is_none() {
            let id = graph.leaf(old.shape(leaf));
            if let Some(name) = old.name(leaf) {
                graph.set_name(id, name);
            }
            places[leaf.index()] = Some(id);
            leaves.push(value);
        }
    }
    // Few are captured, so that those of nodes that are not needed may stay.
    let mut naturals = Vec::new();
    for (index, &shape) in old.naturals().iter().enumerate() {
        let id = graph.natural(shape);
        naturals.push(captured.remove(&id));
        debug_assert_eq!(id.index(), index);
    }
    for (id, node) in old.node_ids().zip(old.nodes()).filter(|(id, _)| needed[id.index()]) {
        let operands: Vec<Id> =
            node.operands.iter().map(|operand| places[operand.index()].expect("operands come first")).collect();
        places[id.index()] = Some(graph.push(node.op.clone(), &operands).map_err(|error| error.to_string())?);
    }
    let place = |id: Id| places[id.index()].expect("arguments and results are needed");
    let moved = |argument| match argument {
        Argument::Leaf(id) => Argument::Leaf(place(id)),
        natural => natural,
    };
    Ok(Instance {
        leaves,
        naturals,
        arguments: arguments.into_iter().map(|(name, argument)| (name, moved(argument))).collect(),
        results: results.into_iter().map(|(name, id)| (name, place(id))).collect(),
        graph,
    })
}
