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
use crate::tape::{Further, Own, Tape};
use crate::tensor::storage::Storage;

/// Leaves that stay from run to run, as far as they are right.
pub(super) struct Leaves<T: Float> {
    values: Vec<Storage<T>>,
    /// For each leaf the version of the parameter's value that it has, if it has one.
    versions: Vec<u64>,
}

/// The version of what no parameter has.
pub(super) const NO_VERSION: u64 = u64::MAX;

impl<T: Float> Default for Leaves<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: Float> Leaves<T> {
    fn new(values: Vec<Storage<T>>) -> Self {
        Self { versions: vec![NO_VERSION; values.len()], values }
    }

    pub(super) fn values(&self) -> &[Storage<T>] {
        &self.values
    }

    /// Sets a leaf, or adds it as the last.
    pub(super) fn set(&mut self, leaf: usize, value: &Storage<T>) {
        match self.values.get_mut(leaf) {
            Some(known) => known.share(value),
            None => self.push(value.clone()),
        }
    }

    /// Sets a leaf of one number, or adds it as the last.
    pub(super) fn set_scalar(&mut self, leaf: usize, value: T) {
        match self.values.get_mut(leaf) {
            // Both are a number that no other one equals.
            Some(known) if known.as_slice()[0] == value && value != T::from_f64(0.0) => {}
            Some(known) => known.make_mut()[0] = value,
            None => self.push(Storage::from_slice(&[value])),
        }
    }

    /// Gives a leaf the present value of a parameter, or adds it as the last.
    #[inline]
    pub(super) fn follow(&mut self, leaf: usize, cell: &Cell<T>) {
        // The version first: if the value is replaced in between, it is read again the next time.
        let version = cell.version();
        if self.versions.get(leaf) != Some(&version) {
            self.set(leaf, &cell.value());
            self.versions[leaf] = version;
        }
    }

    fn push(&mut self, value: Storage<T>) {
        self.values.push(value);
        self.versions.push(NO_VERSION);
    }

    /// Whether a leaf has the present value of a parameter.
    pub(super) fn is_present(&self, leaf: usize, cell: &Cell<T>) -> bool {
        self.versions.get(leaf) == Some(&cell.version())
    }

    /// What the leaf of a parameter is or becomes is its present value.
    pub(super) fn is_now_present(&mut self, leaf: usize, cell: &Cell<T>) {
        self.versions[leaf] = cell.version();
    }

    /// The leaf becomes an output of the last run. What is no buffer of that is read again in the next one.
    pub(super) fn hand_over(&mut self, leaf: usize, tape: &mut Tape<T>, output: usize) {
        if !tape.hand_over(output, &mut self.values[leaf]) {
            self.versions[leaf] = NO_VERSION;
        }
    }

    /// Gives up a leaf.
    pub(super) fn take(&mut self, leaf: usize) -> Storage<T> {
        self.versions[leaf] = NO_VERSION;
        std::mem::replace(&mut self.values[leaf], Storage::zeros(0))
    }
}

/// What compiled steps and functions have in common.
pub(super) struct Replay<T: Float> {
    processor: Arc<Processor>,
    stamp: Stamp,
    graph: Graph,
    /// Those of the recording.
    leaves: Leaves<T>,
    /// For each leaf the further one that is always the same, if there is one: see [`Own`].
    same: Vec<Option<usize>>,
    naturals: Vec<Vec<usize>>,
    natural_inputs: usize,
    constants: Vec<Storage<T>>,
    used: Vec<(Id, Arc<Cell<T>>)>,
    /// The index operations that are checked.
    checked: Vec<(Id, NatId, usize)>,
    requires_grad_by_default: bool,
}

impl<T: Float> State<T> {
    pub(super) fn replay(&self) -> Replay<T> {
        Replay {
            processor: Arc::clone(&self.processor),
            stamp: self.stamp,
            graph: self.builder.graph.clone(),
            leaves: Leaves::new(self.leaves.clone()),
            same: Vec::new(),
            naturals: self.builder.naturals.clone(),
            natural_inputs: self.natural_inputs,
            constants: self.constants.clone(),
            used: self.used.clone(),
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
        &self.leaves.values[leaf.index()]
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
        let Leaves { values, versions } = &mut self.leaves;
        Inputs { stamp: self.stamp, leaves: values, versions, naturals: &mut self.naturals }
    }

    /// Compares every index with its bound.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.checked.is_empty() { Ok(()) } else { step::check_indices(&self.graph, &self.checked, &self.naturals) }
    }

    /// In runs with further leaves this one stands for a leaf, a parameter's.
    pub(super) fn stand_in(&mut self, leaf: Id, further: usize) {
        self.same.resize(self.graph.leaves().len(), None);
        self.same[leaf.index()] = Some(further);
        self.leaves.take(leaf.index());
    }

    /// Gives the leaves the present values of the parameters, but for those for which a further one stands.
    pub(super) fn follow(&mut self) {
        for (leaf, cell) in &self.used {
            if !matches!(self.same.get(leaf.index()), Some(Some(_))) {
                self.leaves.follow(leaf.index(), cell);
            }
        }
    }

    /// The leaves of the recording as they are.
    #[cfg(feature = "pjrt")]
    pub(super) fn values(&self) -> &[Storage<T>] {
        &self.leaves.values
    }

    /// Whether a parameter has another value than its leaf. If none has, the leaves are what the parameters were at once.
    pub(super) fn is_outdated(&self) -> bool {
        self.used.iter().any(|(leaf, cell)| !self.leaves.is_present(leaf.index(), cell))
    }

    /// Runs what was compiled; `are_settled` if no parameter has got a value since this was run last. Gives the leaves of the
    /// recording.
    pub(super) fn run(&self, compiled: &mut Compiled<T>, further: Further<'_, T>, are_settled: bool) -> Own<'_, T> {
        let own = Own { values: &self.leaves.values, same: &self.same, are_settled };
        compiled.tape.run(further.after(own), &self.naturals);
        own
    }
}
