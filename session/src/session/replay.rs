//! A recording to which nothing is added: it runs again with other inputs and the present parameters.

use std::sync::Arc;

use super::gradients::{Groups, trainable};
use super::inputs::Inputs;
use super::request::{Compiled, Request};
use super::{State, step};
use crate::Error;
use crate::ir::{Graph, Id, NatId};
use crate::kernels::Processor;
use crate::param::Cell;
use crate::reference::Stamp;
use crate::scalar::Float;
use crate::tensor::storage::Storage;

/// What compiled steps and functions have in common.
pub(super) struct Replay<T: Float> {
    processor: Arc<Processor>,
    stamp: Stamp,
    graph: Graph,
    /// Those of the recording; in a run also those that a request needs beside them.
    leaves: Vec<Storage<T>>,
    naturals: Vec<Vec<usize>>,
    natural_inputs: usize,
    constants: Vec<Storage<T>>,
    used: Vec<(Id, Arc<Cell<T>>)>,
    /// The versions of the parameters' values among the leaves.
    versions: Vec<u64>,
    /// The index operations that are checked.
    checked: Vec<(Id, NatId, usize)>,
    requires_grad_by_default: bool,
}

impl<T: Float> State<T> {
    pub(super) fn replay(&self) -> Replay<T> {
        Replay {
            processor: Arc::clone(&self.processor),
            stamp: self.stamp,
            graph: self.graph.clone(),
            leaves: self.leaves[..self.graph.leaves().len()].to_vec(),
            naturals: self.naturals.clone(),
            natural_inputs: self.natural_inputs,
            constants: self.constants.clone(),
            used: self.used.clone(),
            versions: Vec::new(),
            checked: if self.options.check_indices { self.indexed.clone() } else { Vec::new() },
            requires_grad_by_default: self.options.requires_grad_by_default,
        }
    }
}

impl<T: Float> Replay<T> {
    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn processor(&self) -> &Processor {
        &self.processor
    }

    pub(super) fn naturals(&self) -> &[Vec<usize>] {
        &self.naturals
    }

    /// The value of a leaf that is neither a parameter nor an input.
    #[cfg(feature = "onnx")]
    pub(super) fn leaf(&self, leaf: Id) -> &Storage<T> {
        &self.leaves[leaf.index()]
    }

    /// The naturals that operations have captured, as numbers of the recording: those that are inputs are `None`.
    pub(super) fn captured(&self) -> impl Iterator<Item = Option<&[usize]>> {
        let inputs = self.natural_inputs;
        self.naturals.iter().enumerate().map(move |(index, numbers)| (index >= inputs).then_some(&numbers[..]))
    }

    /// The used parameters, each with its leaves.
    pub(super) fn used(&self) -> &[(Id, Arc<Cell<T>>)] {
        &self.used
    }

    /// The used parameters that require a gradient.
    pub(super) fn trainable(&self) -> Groups<T> {
        trainable(&self.used, self.requires_grad_by_default)
    }

    /// `lasting` if the parameters are seldom others from run to run.
    pub(super) fn compile(&self, request: &Request, lasting: bool) -> Compiled<T> {
        let parameters = self.used.iter().filter(|_| lasting).map(|&(leaf, _)| leaf);
        let mut compiled = request.compile(&self.processor, &self.graph, &[], &parameters.collect::<Vec<_>>());
        for (index, constant) in self.constants.iter().enumerate() {
            compiled.tape.set_constant(index, constant.clone());
        }
        compiled
    }

    /// The inputs, to be set.
    #[inline(never)]
    pub(super) fn inputs(&mut self) -> Inputs<'_, T> {
        // A run that panicked may have left its further leaves.
        self.leaves.truncate(self.graph.leaves().len());
        Inputs { stamp: self.stamp, leaves: &mut self.leaves, naturals: &mut self.naturals }
    }

    /// Compares every index with its bound.
    pub(super) fn check(&self) -> Result<(), Error> {
        step::check_indices(&self.graph, &self.checked, &self.naturals)
    }

    /// The leaves with the present values of the parameters, to which a request adds those that it needs beside them.
    pub(super) fn leaves(&mut self) -> &mut Vec<Storage<T>> {
        self.leaves.truncate(self.graph.leaves().len());
        self.versions.clear();
        for (leaf, cell) in &self.used {
            // The version first: if the value is replaced in between, it is read again the next time.
            self.versions.push(cell.version());
            self.leaves[leaf.index()] = cell.value();
        }
        &mut self.leaves
    }

    /// The leaves as they are.
    #[cfg(feature = "pjrt")]
    pub(super) fn values(&self) -> &[Storage<T>] {
        &self.leaves
    }

    /// Whether a parameter has another value than its leaf. If none has, the leaves are what the parameters were at once.
    pub(super) fn is_outdated(&self) -> bool {
        !self.used.iter().map(|(_, cell)| cell.version()).eq(self.versions.iter().copied())
    }

    /// Runs on these leaves, and has `take` take the answers.
    pub(super) fn run<R>(
        &mut self,
        compiled: &mut Compiled<T>,
        take: impl FnOnce(&mut dyn Iterator<Item = Option<Storage<T>>>) -> R,
    ) -> R {
        let Compiled { tape, answers, .. } = compiled;
        tape.run(&self.leaves, &self.naturals);
        let leaves = &self.leaves;
        let taken = take(&mut answers.iter().map(|answer| answer.map(|output| tape.output(output, leaves))));
        tape.release();
        self.leaves.truncate(self.graph.leaves().len());
        taken
    }
}
