//! A recording to which nothing is added: it runs again with other inputs and the present parameters.

use std::sync::Arc;

use super::gradients::{Groups, trainable};
use super::inputs::Inputs;
use super::request::{Compiled, Request, Update};
use super::{State, step};
use crate::Error;
use crate::ir::{Graph, Id, NatId};
use crate::kernels::Processor;
use crate::param::Cell;
use crate::reference::Stamp;
use crate::scalar::Float;
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

    fn truncate(&mut self, count: usize) {
        self.values.truncate(count);
        self.versions.truncate(count);
    }

    /// The values, to be lent to a run and taken back.
    pub(super) fn values_mut(&mut self) -> &mut Vec<Storage<T>> {
        &mut self.values
    }

    /// Sets a leaf, or adds it as the last.
    pub(super) fn set(&mut self, leaf: usize, value: &Storage<T>) {
        match self.values.get_mut(leaf) {
            Some(known) if known.is_same(value) => {}
            Some(known) => *known = value.clone(),
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

    /// After the answers of a step were stored, while nobody can replace a parameter: its leaf and its state become what
    /// they were updated to. That of the first parameter is at `place`. What is no buffer of the run is read again in the
    /// next one. `own` is whether the leaves of the recording are here too, and become the same.
    pub(super) fn advance(
        &mut self,
        compiled: &mut Compiled<T>,
        mut place: usize,
        groups: &Groups<T>,
        update: &Update,
        own: bool,
    ) {
        let Self { values, versions } = self;
        let mut answers = compiled.answers[1..].iter();
        for ((cell, leaves), fragment) in groups.iter().zip(&update.fragments) {
            let state = 1 + fragment.states;
            versions[place] = cell.version();
            for (leaf, answer) in (place..place + state).zip(&mut answers) {
                if answer.is_some_and(|output| !compiled.tape.hand_over(output, &mut values[leaf])) {
                    versions[leaf] = NO_VERSION;
                }
            }
            for leaf in if own { &leaves[..] } else { &[] } {
                values[leaf.index()] = values[place].clone();
                versions[leaf.index()] = versions[place];
            }
            place += state + fragment.step_parameters;
        }
    }
}

/// What compiled steps and functions have in common.
pub(super) struct Replay<T: Float> {
    processor: Arc<Processor>,
    stamp: Stamp,
    graph: Graph,
    /// Those of the recording, then those that a request needs beside them.
    leaves: Leaves<T>,
    naturals: Vec<Vec<usize>>,
    natural_inputs: usize,
    constants: Vec<Storage<T>>,
    used: Vec<(Id, Arc<Cell<T>>)>,
    /// Whether the last run came to its end: one that panicked may have left any further leaves.
    complete: bool,
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
            leaves: Leaves::new(self.leaves[..self.graph.leaves().len()].to_vec()),
            naturals: self.naturals.clone(),
            natural_inputs: self.natural_inputs,
            constants: self.constants.clone(),
            used: self.used.clone(),
            complete: false,
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
        let leaves = &mut values[..self.graph.leaves().len()];
        Inputs { stamp: self.stamp, leaves, versions, naturals: &mut self.naturals }
    }

    /// Compares every index with its bound.
    pub(super) fn check(&self) -> Result<(), Error> {
        step::check_indices(&self.graph, &self.checked, &self.naturals)
    }

    /// Gives the leaves the present values of the parameters.
    pub(super) fn follow(&mut self) {
        for (leaf, cell) in &self.used {
            self.leaves.follow(leaf.index(), cell);
        }
    }

    /// A run with further leaves begins. Gives the leaves, those of the recording as they are to be, and the position of
    /// the first further one.
    pub(super) fn begin(&mut self) -> (&mut Leaves<T>, usize) {
        let own = self.graph.leaves().len();
        if !std::mem::take(&mut self.complete) {
            self.leaves.truncate(own);
        }
        self.follow();
        (&mut self.leaves, own)
    }

    /// The leaves of the recording as they are.
    #[cfg(feature = "pjrt")]
    pub(super) fn values(&self) -> &[Storage<T>] {
        &self.leaves.values[..self.graph.leaves().len()]
    }

    /// Whether a parameter has another value than its leaf. If none has, the leaves are what the parameters were at once.
    pub(super) fn is_outdated(&self) -> bool {
        self.used.iter().any(|(leaf, cell)| self.leaves.versions[leaf.index()] != cell.version())
    }

    /// Runs on these leaves, and has `take` take the answers.
    pub(super) fn run<R>(
        &mut self,
        compiled: &mut Compiled<T>,
        take: impl FnOnce(&mut dyn Iterator<Item = Option<Storage<T>>>) -> R,
    ) -> R {
        let Compiled { tape, answers, .. } = compiled;
        let leaves = &self.leaves.values;
        tape.run(leaves, &self.naturals);
        take(&mut answers.iter().map(|answer| answer.map(|output| tape.output(output, leaves))))
    }

    /// [`Leaves::advance`] after a run that came to its end.
    pub(super) fn advance(&mut self, compiled: &mut Compiled<T>, first: usize, groups: &Groups<T>, update: &Update) {
        self.leaves.advance(compiled, first, groups, update, true);
        self.complete = true;
    }
}
