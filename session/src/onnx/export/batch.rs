//! Whether two recordings are the same but for the batch.

use super::Export;
use super::size::Batches;
use crate::Error;
use crate::ir::{Graph, Id, Node, Op};
use crate::scalar::Float;
use crate::tensor::DynTensor;

impl<T: Float> Export<'_, T> {
    /// Compares all but sizes.
    pub(super) fn check_batch(&self) -> Result<(), Error> {
        let Some((symbol, other)) = &self.batch else { return Ok(()) };
        if symbol.is_empty() {
            return Err(self.error("the size of the batch has a name"));
        }
        let refuse =
            |what: &str| Err(self.error(format!("the recordings at two sizes of the batch have other {what}")));
        let (graph, others) = (self.graph, other.graph);
        let names = |graph: &Graph| -> Vec<Option<String>> {
            (0..graph.leaves().len()).map(|leaf| graph.name(Id::new(leaf)).map(str::to_owned)).collect()
        };
        if names(graph) != names(others) {
            return refuse("leaves");
        }
        // A number that follows from the size of the batch may be a leaf too.
        if let Some(leaf) = (0..self.values.len()).find(|&leaf| !equal(&self.values[leaf], &other.values[leaf])) {
            let name = graph.name(Id::new(leaf)).unwrap_or("without a name");
            return refuse(&format!("values of the leaf `{name}`"));
        }
        if graph.naturals().len() != others.naturals().len()
            || self.natural_names != other.natural_names
            || self.lists != other.lists
        {
            return refuse("natural-number inputs");
        }
        if graph.nodes().len() != others.nodes().len() {
            return refuse("numbers of operations");
        }
        if self.results != other.results {
            return refuse("results");
        }
        for (id, (one, other)) in graph.node_ids().zip(graph.nodes().iter().zip(others.nodes())) {
            if one.operands != other.operands || !same(one, other) {
                let reason = format!(
                    "{} at {id} is not the same in the recordings at two sizes of the batch: {:?} and {:?}",
                    one.op.name(),
                    one.op,
                    other.op
                );
                return Err(self.error(reason));
            }
        }
        Ok(())
    }

    /// The two sizes of the batch: those of the arguments' axes that differ, of which the others are multiples.
    pub(super) fn batches(&self) -> Result<Option<Batches>, Error> {
        let Some((_, other)) = &self.batch else { return Ok(None) };
        let leaves = self.graph.leaves().iter().zip(other.graph.leaves());
        let leaves = leaves.zip(&self.values).filter(|(_, value)| value.is_none()).map(|(shapes, _)| shapes);
        let naturals = self.graph.naturals().iter().zip(other.graph.naturals());
        let naturals = naturals.zip(&self.lists).filter(|(_, list)| list.is_none()).map(|(shapes, _)| shapes);
        let differing = leaves.chain(naturals).flat_map(|(one, other)| one.iter().zip(other.iter()));
        let least = differing.filter(|(one, other)| one != other).min();
        let batches = least.map(|(&one, &other)| Batches { one, other });
        match batches {
            Some(_) => Ok(batches),
            None => Err(self.error("no argument has another size in the other recording, so that there is no batch")),
        }
    }
}

/// Whether both are arguments, or have the same numbers.
fn equal<T: Float>(one: &Option<DynTensor<T>>, other: &Option<DynTensor<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            let bits = |value: &DynTensor<T>| value.as_slice().iter().map(|x| x.bits()).collect::<Vec<u64>>();
            one.shape() == other.shape() && bits(one) == bits(other)
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Whether two nodes are the same but for sizes that are those of their values.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.op, &other.op) {
        (Op::Reshape(_), Op::Reshape(_)) | (Op::Broadcast(_), Op::Broadcast(_)) => true,
        (Op::Full(one), Op::Full(other)) => one.value == other.value,
        (one, other) => one == other,
    }
}
